"""`digitbench run --quick`: a smoke run that cannot be taken for a run."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]
SmokeRun = Callable[..., Any]
MODELS = "centroid,centroid[noise=0.5]"


@pytest.fixture
def smoke_run(command: Command, plugin_file: Callable[[str], Path]) -> SmokeRun:
    """Return a function that makes a smoke run."""

    def run(*arguments: str) -> Any:
        plugin = ("--plugin-file", plugin_file("centroid"))
        return command("run", "--quick", "--offline", "--engine", "inline", *plugin, *arguments)

    return run


def test_one_trial_on_a_part_of_the_bundled_digits(smoke_run: SmokeRun, workdir: Path) -> None:
    outcome = smoke_run("-m", MODELS)
    assert outcome.code == 0
    assert outcome.out.startswith("SMOKE RUN (--quick)")
    assert "\ndigits: 1,000 train / 250 test images of it, SMOKE RUN; 1 trial" in outcome.out
    assert "better" not in outcome.out
    assert "best" not in outcome.out
    assert "say nothing about how good" in outcome.err
    record = read_run(find_run(workdir / "runs", "latest"))
    assert record.plan.dataset.quick
    assert record.plan.dataset.canonical is False
    assert len(record.results) == 2


def test_everything_that_shows_it_says_so(
    smoke_run: SmokeRun, command: Command, workdir: Path
) -> None:
    made = smoke_run("-m", MODELS, "--json").json
    assert made["dataset"]["quick"] is True
    assert "SMOKE RUN" in made["comparison"]["summary"][0]
    (run,) = command("list", "--json").json["runs"]
    assert (run["verdict"], run["dataset"]["quick"]) == ("smoke run", True)
    assert "digits, quick" in command("list").out
    for arguments in (("choose",), ("report", "-f", "md"), ("report", "-f", "html", "-o", "-")):
        assert "SMOKE RUN" in command(*arguments).out, arguments
    assert "--quick" in command("report", "-f", "html", "-o", "-").out


def test_it_is_no_baseline_no_gate_and_no_history(smoke_run: SmokeRun, command: Command) -> None:
    smoke_run("-m", MODELS)
    for arguments in (("baseline",), ("check", "--run", "latest", "--min-accuracy", "0.1")):
        outcome = command(*arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "smoke run (--quick)" in outcome.err
        assert len(outcome.err.splitlines()) == 1
    assert command("history", "centroid").code == 2


def test_its_images_can_be_drawn(smoke_run: SmokeRun, command: Command) -> None:
    smoke_run("-m", MODELS)
    outcome = command("compare", "centroid", "centroid[noise=0.5]", "--offline")
    assert outcome.code == 0
    assert "cannot be drawn" not in outcome.err
    assert "warning: A: SMOKE RUN (--quick)" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--trials", "5"), "--trials"),
        (("--trials", "1"), "--trials"),
        (("--until-decided",), "--until-decided"),
        (("--vary", "data"), "--vary"),
        (("--resample", "bootstrap"), "--resample"),
        (("--fraction", "0.5"), "--fraction"),
        (("--validation", "10"), "--validation"),
        (("--data-dir", "."), "--dataset"),
        (("--resume",), "--quick"),
    ],
)
def test_what_contradicts_it_is_refused(
    arguments: tuple[str, ...], option: str, smoke_run: SmokeRun, workdir: Path
) -> None:
    outcome = smoke_run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = (line for line in outcome.err.splitlines() if not line.startswith("warning"))
    assert option in line
    assert not (workdir / "runs").exists()


def test_a_smoke_run_is_completed_as_one(
    smoke_run: SmokeRun, command: Command, workdir: Path
) -> None:
    smoke_run("-m", "centroid")
    outcome = command("run", "--resume", "-m", MODELS, "--offline")
    assert outcome.code == 0
    record = read_run(find_run(workdir / "runs", "latest"))
    assert record.plan.dataset.quick
    assert len(record.results) == 2
    refused = command("run", "--resume", "--trials", "3", "--offline")
    assert refused.code == 2
    assert "is one trial" in refused.err


def test_settings_of_a_file_stand_back(smoke_run: SmokeRun, workdir: Path) -> None:
    Path("digitbench.toml").write_text("trials = 7\nvalidation = 100\nquick = true\n")
    assert smoke_run("-m", "centroid[noise=0.5]").code == 0
    record = read_run(find_run(workdir / "runs", "latest"))
    assert (record.plan.trials, record.plan.dataset.validation_size) == (1, 0)


def test_a_file_can_ask_for_it_and_the_line_take_it_back(
    command: Command, plugin_file: Callable[[str], Path], workdir: Path
) -> None:
    Path("digitbench.toml").write_text('quick = true\nengine = "inline"\n')
    line = ("run", "-m", "centroid", "--offline", "--plugin-file", plugin_file("centroid"))
    assert "SMOKE RUN" in command(*line).out
    shutil.rmtree("runs")
    assert "SMOKE RUN" not in command(*line, "--no-quick", "-d", "digits").out


def test_the_network_is_made_short_unless_told_otherwise(command: Command) -> None:
    def label(models: str) -> str:
        line = ("run", "--quick", "--offline", "--dry-run", "--json", "-m", models)
        return str(command(*line).json["plan"]["models"][0]["label"])

    assert label("cnn") == "cnn[epochs=8]"
    assert label("cnn[epochs=2]") == "cnn[epochs=2]"
    assert label("cnn[iterations=30]") == "cnn[iterations=30]"
    assert label("cnn[recipe=paper]") == "cnn[recipe=paper,epochs=8]"
