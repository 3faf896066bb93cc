"""Kept models: found, loaded, predicting as in their run; trained again; refused in one line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import DigitbenchError, KeptModelError, UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_results, read_run
from digitbench.store.layout import write_manifest
from digitbench.types import RunPlan, TrialData
from digitbench.workflows.kept import kept_models, load_kept_model
from digitbench.workflows.messages import SilentMessages

PlanOf = Callable[..., RunPlan]


class Heard(SilentMessages):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("keepable")


@pytest.fixture(scope="module")
def stored(
    host: PluginHost,
    plan_of: PlanOf,
    tiny_data: TrialData,
    plugin_file: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return runs: an older one that kept all, a newer one that kept two models, one that none."""
    root = tmp_path_factory.mktemp("runs")
    for name, models, keep in (
        ("old", "keepable,load-raises", "all"),
        ("new", "mine=keepable[noise=1],no-load,keepable[noise=2]", "first"),
        ("none", "keepable", "none"),
    ):
        plan = plan_of(host, models).model_copy(
            update={"keep": keep, "plugin_files": (str(plugin_file("keepable")),)}
        )
        path = run_plan(plan, host, tiny_data, InlineEngine(), root, name=name)
        path.rename(root / name)
    return root


@pytest.fixture
def runs(stored: Path, tmp_path: Path) -> Path:
    """Return a copy of the runs that may be changed."""
    return Path(shutil.copytree(stored, tmp_path / "runs"))


@pytest.mark.parametrize(
    ("text", "trial", "run", "label"),
    [
        ("old:keepable", None, "old", "keepable"),
        ("old:keepable", 2, "old", "keepable"),
        ("new:mine", None, "new", "mine"),
        ("new:keepable[noise=2.0]", None, "new", "keepable[noise=2.0]"),
        ("mine", None, "new", "mine"),
        ("load-raises", None, None, ""),
    ],
)
def test_a_loaded_model_predicts_what_is_stored(
    stored: Path, tiny_data: TrialData, text: str, trial: int | None, run: str | None, label: str
) -> None:
    if run is None:
        with pytest.raises(KeptModelError, match="cannot be loaded: RuntimeError: no eyes"):
            load_kept_model(text, runs_dir=stored, messages=SilentMessages())
        return
    heard = Heard()
    model = load_kept_model(text, runs_dir=stored, messages=heard, trial=trial)
    assert (model.label, model.kept.trial) == (label, trial or 1)
    result = next(
        result
        for result in read_results(stored / run)
        if (result.spec.model, result.spec.trial) == (label, trial or 1)
    )
    np.testing.assert_array_equal(model.predict(tiny_data.test.images), result.predictions)
    np.testing.assert_array_equal(model.predict_proba(tiny_data.test.images), result.probabilities)
    assert heard.warnings == []


def test_a_copied_directory_is_loaded_by_its_path(
    stored: Path, host: PluginHost, tiny_data: TrialData, tmp_path: Path
) -> None:
    (found, *_) = kept_models(read_run(stored / "old"))
    copy = shutil.copytree(found.directory, tmp_path / "elsewhere")
    model = load_kept_model(str(copy), runs_dir=tmp_path, messages=SilentMessages(), host=host)
    assert (model.predict(tiny_data.test.images) == tiny_data.test.labels).mean() > 0.9


@pytest.mark.parametrize(
    ("text", "trial", "message"),
    [
        ("old:cnn", None, "old has no model 'cnn'; it has: keepable, load-raises"),
        ("new:mine", 2, "new did not keep mine, trial 2: `digitbench keep new:mine --trial 2`"),
        ("none:keepable", None, "none did not keep keepable: `digitbench keep none:keepable`"),
        ("new:keepable", None, "new kept several models: name one as RUN:MODEL, of mine, keepable"),
        ("new", None, "new kept several models"),
        ("cnn", None, "kept a model 'cnn': `digitbench run cnn` makes one"),
        ("knn[k=3]", None, "run 'knn[k=3]'` makes one, `digitbench keep 'RUN:knn[k=3]'` trains"),
        ("old/models", None, "old/models is no kept model: name a directory that has a model.json"),
        ("nope:cnn", None, "kept a model 'nope:cnn', and none is called 'nope'; `digitbench list`"),
    ],
)
def test_what_is_not_there_says_what_to_do(
    stored: Path, text: str, trial: int | None, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_kept_model(text, runs_dir=stored, messages=SilentMessages(), trial=trial)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["latest", "latest:cnn"])
def test_the_newest_run_of_none_is_not_taken_for_a_model(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"^there are no runs in "):
        load_kept_model(text, runs_dir=tmp_path, messages=SilentMessages())


def test_a_smoke_run_is_not_what_a_model_alone_means(runs: Path) -> None:
    record = read_run(runs / "new")
    quick = record.plan.dataset.model_copy(update={"quick": True})
    plan = record.plan.model_copy(update={"dataset": quick})
    write_manifest(runs / "new", record.model_copy(update={"plan": plan}))
    with pytest.raises(UsageError, match="kept a model 'mine'"):
        load_kept_model("mine", runs_dir=runs, messages=SilentMessages())
    assert load_kept_model("new:mine", runs_dir=runs, messages=SilentMessages())


def test_a_damaged_run_is_passed_over_with_a_word(runs: Path) -> None:
    (runs / "new" / "trials.jsonl").write_text("{}\n")
    heard = Heard()
    model = load_kept_model("keepable", runs_dir=runs, messages=heard)
    assert model.kept.run.endswith("-old")
    assert any("is passed over" in said for said in heard.warnings)


def test_a_model_of_another_trial_is_no_model_of_this_one(
    runs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = runs / "new" / "models"
    first, third = sorted(models.iterdir())
    shutil.rmtree(first)
    third.rename(first)
    with pytest.raises(UsageError, match="new did not keep mine"):
        load_kept_model("new:mine", runs_dir=runs, messages=SilentMessages())
    assert "its predictions are not those of the run; it is passed over" in caplog.text


def test_a_changed_plugin_is_told(
    runs: Path, plugin_file: Callable[[str], Path], tmp_path: Path
) -> None:
    changed = tmp_path / "keepable.py"
    changed.write_text(plugin_file("keepable").read_text() + "\n# another state\n")
    for name in ("old", "new"):
        record = read_run(runs / name)
        plan = record.plan.model_copy(update={"plugin_files": (str(changed),)})
        write_manifest(runs / name, record.model_copy(update={"plan": plan}))
    heard = Heard()
    load_kept_model("new:mine", runs_dir=runs, messages=heard)
    (said,) = heard.warnings
    assert said.startswith("mine may predict other than when it was kept: source of mine was ")


def test_a_model_whose_plugin_is_gone_is_one_line(runs: Path) -> None:
    record = read_run(runs / "new")
    plan = record.plan.model_copy(update={"plugin_files": ()})
    models = tuple(m.model_copy(update={"plugin": "gone.py"}) for m in plan.models)
    plan = plan.model_copy(update={"models": models})
    write_manifest(runs / "new", record.model_copy(update={"plan": plan}))
    with pytest.raises(UsageError, match="there is no model 'keepable'"):
        load_kept_model("new:mine", runs_dir=runs, messages=SilentMessages())


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 28, 28)), np.zeros((28, 28), np.uint8), np.zeros((1, 784), np.uint8)],
    ids=["floats", "one image", "flat"],
)
def test_images_of_another_kind_are_refused(stored: Path, images: np.ndarray) -> None:
    model = load_kept_model("new:mine", runs_dir=stored, messages=SilentMessages())
    with pytest.raises(UsageError, match=r"images must be uint8 \(n, 28, 28\)"):
        model.predict(images)


def test_no_image_is_no_digit(stored: Path) -> None:
    model = load_kept_model("new:mine", runs_dir=stored, messages=SilentMessages())
    assert model.predict(np.zeros((0, 28, 28), np.uint8)).shape == (0,)


def test_files_are_checked_before_they_are_loaded(runs: Path) -> None:
    file = next((runs / "new" / "models").glob("1-*/files/means.safetensors"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(DigitbenchError, match="it is not what was kept"):
        load_kept_model("new:mine", runs_dir=runs, messages=SilentMessages())
