"""The file of a baseline: written for people too, read strictly, described by its schema."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.store.baseline import Baseline, baseline_schema, baseline_text, read_baseline
from digitbench.types import RunPlan, TrialData


@pytest.fixture(scope="module")
def baseline(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Baseline:
    """Make a baseline of a run of a noisy model and a deterministic one."""
    host = host_of("centroid")
    plan = plan_of(host, "centroid[noise=0.8],centroid", trials=3)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path_factory.mktemp("runs"))
    return make_baseline(read_run(path))


@pytest.fixture
def damaged(baseline: Baseline, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a baseline with changes to its document."""

    def write(change: Callable[[Any], object]) -> Path:
        document = json.loads(baseline_text(baseline))
        change(document)
        file = tmp_path / "baseline.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return file

    return write


def test_it_is_read_back_as_it_was(baseline: Baseline, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(baseline_text(baseline), encoding="utf-8")
    assert read_baseline(file) == baseline
    noisy, plain = baseline.models
    assert (noisy.trials, plain.trials, plain.deterministic) == (3, 1, True)
    assert noisy.wrong_images


def test_a_list_of_numbers_is_one_line_and_labels_stay_as_they_are(baseline: Baseline) -> None:
    text = baseline_text(baseline)
    assert '"label": "centroid[noise=0.8]"' in text
    assert f'"accuracies": [{", ".join(map(repr, baseline.models[0].accuracies))}]' in text
    assert len(text.splitlines()) < 120


def test_it_is_as_its_schema_says(baseline: Baseline) -> None:
    schema = baseline_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(baseline_text(baseline))
    jsonschema.validate(document, schema)
    document["models"][0]["accuracies"] = ["0.5"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("baseline_version"), "no baseline of|has no baseline_version"),
        (
            lambda d: d.update(baseline_version=3),
            "has version 3; this digitbench reads versions 1 to",
        ),
        (lambda d: d.update(colour="red"), "colour: Extra inputs are not permitted"),
        (lambda d: d.pop("threads"), "threads: Field required"),
        (lambda d: d.update(trials="3"), "trials: Input should be a valid integer"),
        (lambda d: d.update(models=[]), "models: "),
        (lambda d: d["models"].append(d["models"][0]), "two models have the same label"),
        (lambda d: d["models"][0]["accuracies"].pop(), "accuracies has 2 trials, wrong_per_digit"),
        (lambda d: d["models"][0]["seeds"].append(1), "accuracies has 3 trials, seeds has 4"),
        (lambda d: d["models"][1].update(accuracies=[0.5]), "but wrong_per_digit has 0 wrong"),
        (
            lambda d: d["models"][1].update(class_accuracies=[0.5] * 10),
            "class_accuracies and wrong_per_digit differ in digit 0",
        ),
        (lambda d: d["models"][1].update(wrong_images={"1": [40]}), "names image 40 of 40"),
        (lambda d: d["models"][1].update(wrong_images={"1": [4]}), "different numbers of errors"),
        (lambda d: d["models"][1].update(wrong_images={"1": [4, 4]}), "names an image twice"),
        (lambda d: d.update(trials=2), "3 trials where 2 are due"),
        (lambda d: d["models"][0].update(seeds=[1, 2, 1]), "two trials have the same seed"),
        (lambda d: d.update(base_seed=float("nan")), "base_seed: |not JSON"),
        (lambda d: d["models"][0]["options"].update(noise=float("nan")), "not JSON"),
        (lambda d: d["dataset"].update(test_size=10**12), "test_size: Input should be less than"),
        (lambda d: d["dataset"].update(test_size=41), "do not add up to test_size"),
        (lambda d: d["models"][0].update(predictions=["x"] * 3), "models.0.predictions.0: "),
    ],
)
def test_damage_is_refused_in_one_line(
    damaged: Callable[..., Path], change: Callable[[Any], object], message: str
) -> None:
    file = damaged(change)
    with pytest.raises(UsageError, match=message) as refusal:
        read_baseline(file)
    assert str(file) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a baseline: it is not JSON"),
        ("[]", "not a baseline of digitbench"),
        ("[" * 100_000, "is not a baseline: it is not JSON"),
        ('{"baseline_version": [2, 1]}', r"has version \[2, 1\]"),
    ],
)
def test_what_is_no_baseline(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_baseline(file)


def test_an_option_that_is_too_large_for_a_number(baseline: Baseline, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    text = baseline_text(baseline)
    file.write_text(text.replace('"noise": 0.8', '"noise": 1e999'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"models\.0\.options: a number is not finite"):
        read_baseline(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the baseline .*: No such file.*make one"):
        read_baseline(tmp_path / "none.json")
