"""Any estimator by its path: `sklearn:...` and `estimator:...`."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from digitbench import BuildContext, Split, UsageError, wrap_estimator
from digitbench.code_hash import model_source_hash
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_model, resolve_models
from digitbench.types import PlannedModel
from digitbench_sklearn.parameters import parameter_descriptions

TREES = "sklearn:ensemble.ExtraTreesClassifier"
BAYES = "sklearn:naive_bayes.GaussianNB"


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return load_plugins()


def planned(host: PluginHost, text: str) -> PlannedModel:
    (model,) = resolve_models(parse_models(text), host)
    return model


def build(host: PluginHost, text: str, *, seed: int = 3, threads: int = 1) -> Any:
    model = planned(host, text)
    spec = find_model(model.name, host).spec
    return spec.build(spec.options.model_validate(model.options), BuildContext(seed, threads))


@pytest.fixture
def bars() -> Split:
    """Draw a bar at a place of its own for each digit."""
    digits = np.tile(np.arange(10, dtype=np.uint8), 4)
    images = np.zeros((len(digits), 28, 28), np.uint8)
    for index, digit in enumerate(digits):
        images[index, 2 * digit + 2 : 2 * digit + 5] = 200
    return Split(images, digits)


def test_a_classifier_learns_and_gives_probabilities(host: PluginHost, bars: Split) -> None:
    classifier = build(host, f"{TREES}[n_estimators=20]")
    classifier.fit(bars, None)
    assert (classifier.predict(bars.images) == bars.labels).all()
    assert classifier.predict_proba(bars.images).shape == (40, 10)
    assert len(classifier.predict(bars.images[:0])) == 0
    assert classifier.predict_proba(bars.images[:0]).shape == (0, 10)
    assert classifier.details.keys() == {"sklearn"}
    assert not hasattr(classifier, "n_parameters")


def test_one_without_probabilities_has_none(host: PluginHost, bars: Split) -> None:
    classifier = build(host, "sklearn:linear_model.RidgeClassifier")
    classifier.fit(bars, None)
    assert not hasattr(classifier, "predict_proba")
    assert (classifier.predict(bars.images) == bars.labels).all()


def test_digits_never_seen_have_probability_zero(host: PluginHost, bars: Split) -> None:
    classifier = build(host, BAYES)
    few = bars.labels < 4
    classifier.fit(Split(bars.images[few], bars.labels[few]), None)
    assert classifier.predict_proba(bars.images)[:, 4:].max() == 0


def test_seed_and_threads_come_from_the_trial(host: PluginHost) -> None:
    parameters = build(host, TREES, seed=5, threads=2).estimator.get_params()
    assert parameters["random_state"] == 5
    assert parameters["n_jobs"] == 2
    assert not planned(host, TREES).deterministic
    assert planned(host, BAYES).deterministic


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[max_features=log2]", "log2"),
        ("[max_features=0.5]", 0.5),
        ("[max_features=7]", 7),
        ("[max_features=none]", None),
        ("[max_features=None]", None),
    ],
)
def test_values_are_parsed(text: str, value: object, host: PluginHost) -> None:
    model = planned(host, TREES + text)
    assert model.options["max_features"] == value
    assert planned(host, model.label) == model


def test_several_values_have_slashes(host: PluginHost) -> None:
    model = planned(host, "sklearn:neural_network.MLPClassifier[hidden_layer_sizes=50/20]")
    assert model.label.endswith("[hidden_layer_sizes=50/20]")
    made = build(host, model.label).estimator
    assert made.hidden_layer_sizes == (50, 20)
    assert made.shuffle is True


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sklearn:ensemble.ExtraTresClassifier", "mean sklearn:ensemble.ExtraTreesClassifier"),
        ("sklearn:SVC", "did you mean sklearn:svm.SVC?"),
        ("estimator:sklearn.svm.SVCC", "did you mean estimator:sklearn.svm.SVC"),
        ("sklearn:nothing.Here", "there is no module sklearn.nothing"),
        ("estimator:nothing_here.Model", "is its package installed"),
        ("estimator:nothing_here", "write module.Class"),
        ("sklearn:svm.SVC()", "write module.Class"),
        ("sklearn:svm.SVR", "'sklearn:svm.SVR' is not a classifier"),
        ("estimator:pathlib.Path", "it has no fit and no predict"),
        ("sklearn:set_config", "is not a class but a function"),
        (
            "sklearn:ensemble.StackingClassifier",
            "needs estimators, which text cannot give",
        ),
        ("sklearn:semi_supervised.SelfTrainingClassifier", "cannot be used with its own defaults"),
        (f"{TREES}[trees=3]", "has no option 'trees'; its options: n_estimators, criterion"),
        (f"{TREES}[random_state=3]", "has no option 'random_state'"),
        (f"{TREES}[n_estimators=0]", "The 'n_estimators' parameter of ExtraTreesClassifier must"),
        (f"{TREES}[max_features=inf]", "numbers must be finite"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_line(
    name: str, message: str, host: PluginHost
) -> None:
    with pytest.raises(UsageError) as caught:
        planned(host, name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Return a function that writes a module where it can be imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, code: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(code), encoding="utf-8")
        return path

    return write


def test_a_module_that_fails_is_named(module: Callable[[str, str], Path], host: PluginHost) -> None:
    module("fails_at_import", "raise SystemExit('bye')")
    with pytest.raises(UsageError, match="importing fails_at_import failed: SystemExit: bye"):
        planned(host, "estimator:fails_at_import.Model")


def test_a_class_that_only_behaves_like_scikit_learn_works(
    module: Callable[[str, str], Path], host: PluginHost, bars: Split
) -> None:
    path = module(
        "home_made",
        """
        import numpy as np

        class Constant:
            def __init__(self, digit=3, table={}):
                self.digit, self.table = digit, table
            def get_params(self, deep=True):
                return {"digit": self.digit, "table": self.table}
            def set_params(self, **parameters):
                vars(self).update(parameters)
            def fit(self, images, labels):
                assert images.dtype == np.float32 and images.shape[1:] == (784,)
                assert 0.7 < images.max() <= 1
            def predict(self, images):
                return np.full((len(images), 1), self.digit)
        """,
    )
    model = planned(host, "estimator:home_made.Constant[digit=4]")
    assert model.options == {"digit": 4}  # a dictionary cannot be written as text
    classifier = build(host, model.label)
    classifier.fit(bars, None)
    assert classifier.predict(bars.images).tolist() == [4] * 40

    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    spec = find_model(model.name, host).spec
    assert model_source_hash(spec) != model.source_hash  # its results are not reused


def test_descriptions_come_from_the_docstring() -> None:
    found = parameter_descriptions(
        """A thing.

        Parameters
        ----------
        one, two : {'a', 'b'}, default='a'
            First `sentence`, with a :ref:`link`. Second sentence.

        three : int
            Three things: - a list

        Attributes
        ----------
        four : int
            Not a parameter.
        """
    )
    assert found == {
        "one": "{'a', 'b'}: First sentence, with a link",
        "two": "{'a', 'b'}: First sentence, with a link",
        "three": "int: Three things",
    }
    assert parameter_descriptions("Nothing of the kind.") == {}


class _Gapless(LogisticRegression):  # type: ignore[misc]
    """Wants its classes numbered without gaps, as XGBoost's do."""

    def fit(self, X: Any, y: Any) -> Any:  # noqa: N803 (scikit-learn's name)
        assert np.array_equal(np.unique(y), np.arange(len(np.unique(y))))
        return super().fit(X, y)


def test_where_digits_are_missing_classes_are_numbered_without_gaps() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)
    labels = np.resize(np.array([1, 4, 9], np.uint8), 40)
    classifier = wrap_estimator(_Gapless(), 1)
    classifier.fit(Split(images, labels), None)
    assert np.array_equal(classifier.predict(images), labels)
    probabilities = cast("Any", classifier).predict_proba(images)
    assert np.array_equal(probabilities.argmax(axis=1), labels)
    assert not probabilities[:, [0, 2, 3, 5, 6, 7, 8]].any()
