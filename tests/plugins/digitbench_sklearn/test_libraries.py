"""Estimators of other libraries, and every classifier of scikit-learn: each runs or says why."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.utils.discovery import all_estimators

from digitbench import BuildContext, Split, UsageError
from digitbench.errors import DigitbenchError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.children import running_children
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_model, resolve_models
from digitbench.runner.trial import run_trial
from digitbench.testing import tiny_digits
from digitbench.types import TrialData, TrialResult, TrialSpec

ALL = [
    f"sklearn:{kind.__module__.split('.')[1]}.{kind.__name__}"
    for _, kind in all_estimators(type_filter="classifier")
]
NEED_AN_ESTIMATOR = {
    "sklearn:ensemble.StackingClassifier",
    "sklearn:ensemble.VotingClassifier",
    "sklearn:model_selection.FixedThresholdClassifier",
    "sklearn:model_selection.TunedThresholdClassifierCV",
    "sklearn:multiclass.OneVsOneClassifier",
    "sklearn:multiclass.OneVsRestClassifier",
    "sklearn:multiclass.OutputCodeClassifier",
    "sklearn:multioutput.ClassifierChain",
    "sklearn:multioutput.MultiOutputClassifier",
    "sklearn:semi_supervised.SelfTrainingClassifier",
}
NEED_AN_OPTION = {
    "sklearn:discriminant_analysis.QuadraticDiscriminantAnalysis": (
        "Try using `solver='eigen'` and setting the parameter `shrinkage`",
        "solver=eigen,shrinkage=0.1",
    ),
    "sklearn:neighbors.RadiusNeighborsClassifier": ("No neighbors found", "radius=30"),
    "sklearn:semi_supervised.LabelPropagation": ("predict_proba returned NaN", "kernel=knn"),
    "sklearn:semi_supervised.LabelSpreading": ("predict_proba returned NaN", "kernel=knn"),
}
"""What fails on pixels as the library has it, what is said of that, and what makes it work."""
SHORTER = {
    "sklearn:ensemble.GradientBoostingClassifier": "[n_estimators=2]",
    "sklearn:ensemble.HistGradientBoostingClassifier": "[max_iter=2]",
    "sklearn:gaussian_process.GaussianProcessClassifier": "[optimizer=none]",
    "sklearn:linear_model.LogisticRegressionCV": "[Cs=2,cv=2,max_iter=10]",
    "sklearn:neural_network.MLPClassifier": "[hidden_layer_sizes=20/10,max_iter=20]",
}
"""Options of those that take minutes."""
OTHER_LIBRARIES = [
    ("lightgbm", "LGBMClassifier[n_estimators=5]"),
    ("xgboost", "XGBClassifier[n_estimators=5,max_depth=3]"),
    ("xgboost", "XGBRFClassifier[n_estimators=5]"),
    ("catboost", "CatBoostClassifier[iterations=5]"),
    ("imblearn.ensemble", "BalancedBaggingClassifier"),
    ("imblearn.ensemble", "BalancedRandomForestClassifier[n_estimators=10]"),
    ("imblearn.ensemble", "RUSBoostClassifier[n_estimators=40]"),
]


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return load_plugins()


@pytest.fixture(scope="module")
def digits() -> TrialData:
    """Return a few hundred real digits."""
    data = tiny_digits()
    return TrialData(data.train, None, data.test)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Return a function that writes a library and gives the name of its model."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def written(module: str, code: str) -> str:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        return f"estimator:{module}.Model"

    return written


def build(host: PluginHost, text: str, *, seed: int = 3, threads: int = 2) -> Any:
    (model,) = resolve_models(parse_models(text), host)
    spec = find_model(model.name, host).spec
    return spec.build(spec.options.model_validate(model.options), BuildContext(seed, threads))


def trial(host: PluginHost, text: str, data: TrialData, *, seed: int = 3) -> TrialResult:
    """Run one trial with two threads."""
    (model,) = resolve_models(parse_models(text), host)
    spec = TrialSpec(
        model=model.label, name=model.name, options=model.options, trial=1, seed=seed, threads=2
    )
    return run_trial(spec, find_model(model.name, host).spec, data, lambda _: None)


NO_CONSTRAINTS = """
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Model(ClassifierMixin, BaseEstimator):
        def __init__(self, depth=1, n_jobs=None, random_state=None, **more):
            self.depth, self.n_jobs, self.random_state = depth, n_jobs, random_state
            self.more = more
        def fit(self, images, labels):
            assert labels.dtype == np.int64
            self.classes_ = np.unique(labels)
            return self
        def predict(self, images):
            return np.full(len(images), float(self.depth))
    """


def test_a_class_of_another_library_has_none_of_scikit_learns_private_parts(
    host: PluginHost, write: Callable[[str, str], str]
) -> None:
    name = write("without_constraints", NO_CONSTRAINTS)
    made = build(host, f"{name}[depth=4]", seed=8)
    assert (made.estimator.depth, made.estimator.n_jobs, made.estimator.random_state) == (
        4,
        2,
        8,
    )


def test_private_parts_that_changed_are_no_reason_to_refuse(
    host: PluginHost, write: Callable[[str, str], str]
) -> None:
    broken = (
        "    _parameter_constraints = {}\n    def _validate_params(self): self.no_such_member\n"
    )
    name = write("changed_parts", textwrap.dedent(NO_CONSTRAINTS) + broken)
    assert build(host, name).estimator.depth == 1


def test_whole_numbers_are_digits_whatever_their_type(
    host: PluginHost, write: Callable[[str, str], str], digits: TrialData
) -> None:
    name = write("predicts_floats", NO_CONSTRAINTS)
    assert trial(host, f"{name}[depth=4]", digits).status == "ok"
    failed = trial(host, f"{name}[depth=4.5]", digits)
    assert failed.error is not None
    assert "float64 values where integers were due" in failed.error


def test_other_names_of_seed_and_threads_are_used_once(
    host: PluginHost, write: Callable[[str, str], str]
) -> None:
    name = write(
        "many_names",
        """
        class Model:
            def __init__(self, trees=None, random_seed=None, random_state=None, thread_count=None):
                if random_seed is not None and random_state is not None:
                    raise ValueError("only one of random_seed and random_state")
                self.given = {n: v for n, v in locals().items() if v is not None and n != "self"}
            def get_params(self, deep=True):
                return dict(self.given)
            def set_params(self, **parameters):
                self.given.update(parameters)
            def fit(self, images, labels):
                pass
            def predict(self, images):
                return [0] * len(images)
        """,
    )
    made = build(host, f"{name}[trees=7]", seed=5).estimator
    assert made.given == {"trees": 7, "random_state": 5, "thread_count": 2}
    (model,) = resolve_models(parse_models(name), host)
    assert model.options == {"trees": None}
    assert not model.deterministic


DEPRECATED = '''\
"""A model.

Parameters
----------
depth : int
    How deep.
n_jobs : int, default=None
    Does nothing.

    .. deprecated:: 1.8
       It will be removed.
random_state : int
    Seed.
"""
'''


def test_threads_are_not_given_where_that_is_deprecated(
    host: PluginHost, write: Callable[[str, str], str]
) -> None:
    documented = textwrap.indent(DEPRECATED, "    ")
    code = textwrap.dedent(NO_CONSTRAINTS).replace(
        "BaseEstimator):\n", f"BaseEstimator):\n{documented}"
    )
    made = build(host, write("deprecated_threads", code)).estimator
    assert made.n_jobs is None
    assert made.random_state == 3


def test_one_and_1_are_different_values(host: PluginHost) -> None:
    trees = "sklearn:ensemble.BaggingClassifier"
    assert type(build(host, f"{trees}[max_features=1]").estimator.max_features) is int
    assert type(build(host, trees).estimator.max_features) is float


def test_joblib_starts_no_processes(
    host: PluginHost, write: Callable[[str, str], str], digits: TrialData
) -> None:
    code = textwrap.dedent(NO_CONSTRAINTS).replace(
        "        return self\n",
        "        import os, joblib\n"
        "        work = joblib.Parallel(n_jobs=self.n_jobs)\n"
        "        self.pids = work(joblib.delayed(os.getpid)() for _ in range(4))\n"
        "        assert set(self.pids) == {os.getpid()}\n"
        "        return self\n",
    )
    before = {child.pid for child in running_children()}
    result = trial(host, write("runs_in_parallel", code), digits)
    assert result.error is None
    assert {child.pid for child in running_children()} <= before


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("ignore")  # of fits that do not converge, and of old classes
def test_every_classifier_of_scikit_learn_runs_or_is_refused_in_one_line(
    name: str, host: PluginHost, digits: TrialData
) -> None:
    before = {child.pid for child in running_children()}
    try:
        result = trial(host, name + SHORTER.get(name, ""), digits)
    except DigitbenchError as error:
        assert name in NEED_AN_ESTIMATOR
        assert isinstance(error, UsageError)
        assert "write a plugin that makes it (digitbench plugin new" in str(error)
        assert "\n" not in str(error)
        return
    assert name not in NEED_AN_ESTIMATOR
    assert {child.pid for child in running_children()} <= before
    if name in NEED_AN_OPTION:
        message, options = NEED_AN_OPTION[name]
        assert result.error is not None
        assert message in result.error
        result = trial(host, f"{name}[{options}]", digits)
    assert result.error is None
    assert result.fit_cpu_seconds is not None
    assert result.accuracy is not None


@pytest.fixture
def quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Check that nothing was written to the terminal."""
    capfd.readouterr()
    yield
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("module", "model"), OTHER_LIBRARIES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_other_libraries_run_quietly_and_by_their_seeds(
    module: str,
    model: str,
    host: PluginHost,
    digits: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    results = [trial(host, f"estimator:{module}.{model}", digits, seed=seed) for seed in (1, 1, 2)]
    assert [result.error for result in results] == [None, None, None]
    one, again, other = (result.predictions for result in results)
    assert one is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(one, again)
    if module not in {"lightgbm", "xgboost"} or "RF" in model:  # nothing is drawn by default there
        assert (one != other).any()
    assert results[0].accuracy is not None
    assert results[0].accuracy > 0.4  # by chance it is 0.1
    assert list(tmp_path.iterdir()) == []


def test_what_a_network_needs_is_said(host: PluginHost) -> None:
    pytest.importorskip("skorch")
    with pytest.raises(UsageError, match="needs module, which text cannot give: write a plugin"):
        build(host, "estimator:skorch.NeuralNetClassifier")


def test_few_labels_leave_the_digits_never_seen_at_zero(host: PluginHost) -> None:
    data = tiny_digits().train
    few = data.labels < 3
    made = build(host, "sklearn:ensemble.ExtraTreesClassifier[n_estimators=5]")
    made.fit(Split(data.images[few], data.labels[few]), None)
    assert made.predict_proba(data.images)[:, 3:].max() == 0
