"""`digitbench run --dry-run`: the very plan, the time it may take, and nothing done."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]

BUILDS = """
from pathlib import Path
import numpy as np
from digitbench import ModelSpec, hookimpl

class Constant:
    def fit(self, train, validation):
        pass
    def predict(self, images):
        return np.zeros(len(images), np.uint8)

def build(options, context):
    Path("built").touch()
    return Constant()

@hookimpl
def digitbench_models():
    return [ModelSpec(name="builds", summary="Leaves a file", build=build)]

@hookimpl
def digitbench_run_started(plan):
    Path("started").touch()
"""


@pytest.fixture
def options(plugin_file: PluginFile) -> tuple[str, ...]:
    """Return the options of a quick run of two models."""
    models = "centroid[noise=0.5],centroid"
    plugin = str(plugin_file("centroid"))
    return ("-d", "digits", "--offline", "-m", models, "-t", "2", "--plugin-file", plugin)


def test_nothing_is_run_and_nothing_is_written(process: Command, workdir: Path) -> None:
    Path("builds.py").write_text(BUILDS)
    arguments = ("-m", "builds", "--plugin-file", "builds.py")
    outcome = process("run", "--dry-run", "--offline", "-d", "digits", "-j", "2", *arguments)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("digits: 1,442 train / 355 test images, canonical\n")
    assert "5 trials, 2 at a time" in outcome.out
    written = {path.name for path in workdir.iterdir()} - {"__pycache__"}
    assert written == {"builds.py"}


def test_the_trials_are_those_of_the_run(
    command: Command, options: tuple[str, ...], workdir: Path
) -> None:
    document = command("run", *options, "--engine", "inline", "--dry-run", "--json").json
    assert document["estimate"]["seconds"] is None
    assert command("run", *options, "--engine", "inline").code == 0
    record = read_run(find_run(Path("runs"), "latest"))
    assert document["plan"] == record.plan.model_dump(mode="json")
    assert document["trials"] == [
        result.spec.model_dump(include={"model", "trial", "seed"}) | {"training_seed": None}
        for result in record.results
    ]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_test_set_that_cannot_be_had_ends_as_the_run_does(
    form: tuple[str, ...], command: Command, options: tuple[str, ...], workdir: Path
) -> None:
    arguments = ("run", *options, "--engine", "inline", "--test-sets", "pictures:nowhere", *form)
    dry, real = command(*arguments, "--dry-run"), command(*arguments)
    assert (dry.code, real.code) == (3, 3)
    assert "warning: test set pictures:" in dry.err
    if form:
        (planned,) = dry.json["plan"]["test_sets"]
        assert "nowhere" in planned["error"]
    else:
        assert "left out" in dry.out


def test_the_time_is_that_of_earlier_runs(
    command: Command, options: tuple[str, ...], workdir: Path
) -> None:
    inline = ("run", *options, "--engine", "inline", "--threads", "1")
    assert command(*inline).code == 0
    record = read_run(find_run(Path("runs"), "latest"))
    times = [(trial.fit_seconds, trial.predict_seconds) for trial in record.results]
    expected = sum(fit + predict for fit, predict in times if fit and predict)
    found = command(*inline, "--dry-run", "--json").json["estimate"]
    assert found["seconds"] == pytest.approx(expected)
    assert found["complete"] is True
    assert [model["trials_measured"] for model in found["models"]] == [2, 1]
    text = command(*inline, "--dry-run").out
    assert re.search(r"^Estimated time: [\d.]+ m?s$", text, re.MULTILINE)
    assert "~" not in text
    other = command(*inline, "--dry-run", "--threads", "2").out
    assert re.search(r"^Estimated time: ~[\d.]+ m?s$", other, re.MULTILINE)
    more = command(*inline, "--dry-run", "-m", "centroid,centroid[noise=9]").out
    assert re.search(r"^Estimated time: at least [\d.]+ m?s$", more, re.MULTILINE)
    assert re.search(r"noise=9\.0 +2 +not known +—", more)
    elsewhere = command(*inline, "--dry-run", "--runs-dir", "elsewhere").out
    assert "Estimated time: not known" in elsewhere
    assert not Path("elsewhere").exists()
    assert len(list(Path("runs").iterdir())) == 1


def test_a_damaged_run_is_a_warning(
    command: Command, options: tuple[str, ...], workdir: Path
) -> None:
    path = Path("runs/20260101T000000Z-broken")
    path.mkdir(parents=True)
    (path / "manifest.json").write_text("{}")
    outcome = command("run", *options, "--dry-run")
    assert outcome.code == 0
    (line,) = outcome.err.splitlines()
    assert line.startswith("warning: an earlier run is left out: ")
    assert path.name in line


def test_a_request_that_cannot_be_met_gets_one_line(command: Command, workdir: Path) -> None:
    for arguments, message in (
        (("-m", "sotfmax"), "did you mean softmax?"),
        (("-m", "knn", "--engine", "ship"), "there is no engine 'ship'"),
        (("-m", "knn", "--validation", "9999"), "leaves none to train on"),
    ):
        outcome = command("run", "--dry-run", "--offline", "-d", "digits", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        (line,) = outcome.err.splitlines()
        assert message in line


@pytest.mark.slow
def test_json_is_all_there_is_on_stdout(process: Command, plugin_file: PluginFile) -> None:
    arguments = ("-d", "digits", "-m", "chatty", "--plugin-file", plugin_file("chatty"))
    outcome = process("run", "--dry-run", "--json", "--offline", *arguments)
    assert outcome.code == 0
    assert [trial["trial"] for trial in outcome.json["trials"]] == [1, 2, 3, 4, 5]
    assert outcome.err == "chatter at import\n"


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_longest_options_are_whole_at_every_width(
    command: Command, workdir: Path, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    models = "cnn[recipe=paper],softmax,knn"
    outcome = command("run", "--dry-run", "--offline", "-d", "digits", "-m", models)
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= int(width)
    for text in ("recipe=paper", "iterations=20000", "optimizer=adam", "average=false"):
        assert text in outcome.out
