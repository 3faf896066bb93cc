"""`digitbench reproduce`: both experiments, taken up where they were left, and exit codes."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.paper import Experiment, Paper
from digitbench.store import find_run, read_run
from digitbench.workflows import reproduce as workflow
from digitbench.workflows.messages import Messages
from digitbench.workflows.prepare import Prepared, prepare
from digitbench.workflows.request import RunRequest

Command = Callable[..., Any]
Start = Callable[..., subprocess.Popen[bytes]]

PAPER = Paper(
    "A Paper",
    "digits",
    (
        Experiment("one", "Experiment One", ("replica[noise=0.1]", "replica")),
        Experiment(
            "two", "Experiment Two", ("replica[noise=0.2,fault=broken]",), ("replica[noise=9.0]",)
        ),
    ),
)
SLOW = Paper(
    "A Paper",
    "digits",
    (Experiment("one", "One", ("replica[noise=0.1,seconds=0.05]", "replica[noise=0.2]")),),
)
DRIVER = f"""
from digitbench.workflows import reproduce as workflow
from digitbench.analysis.paper import Experiment, Paper
workflow.LIU_FU = {SLOW!r}
from digitbench.cli import main
main()
"""


@pytest.fixture
def options(plugin_file: Callable[[str], Path]) -> tuple[str, ...]:
    return ("--offline", "--threads", "1", "--plugin-file", str(plugin_file("replica")))


def prepare_inline(request: RunRequest, messages: Messages) -> Prepared:
    """Prepare a run in this process: the command takes no engine, and a worker takes a second."""
    return prepare(request.model_copy(update={"engine": "inline"}), messages)


@pytest.fixture
def reproduce(
    command: Command, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Return a function that runs the command, here, on experiments that take no time."""
    monkeypatch.setattr(workflow, "LIU_FU", PAPER)
    monkeypatch.setattr(workflow, "prepare", prepare_inline)

    def run(*arguments: str | Path) -> Any:
        return command("reproduce", *options, *arguments)

    return run


def runs(workdir: Path) -> list[Path]:
    return sorted((workdir / "runs").iterdir())


def test_both_experiments_are_run_and_shown(reproduce: Command, workdir: Path) -> None:
    outcome = reproduce()
    assert outcome.code == 0
    assert outcome.out.startswith("digits: 1,442 train / 355 test images, canonical\n")
    assert "Experiment One: accuracy in %" in outcome.out
    assert re.search(r"^Trial 5 +91\.00 +\d+\.\d\d +— *$", outcome.out, re.MULTILINE)
    assert len(re.findall(r"^Verdict ", outcome.out, re.MULTILINE)) == 2
    assert "noise=9.0" not in outcome.out
    (path,) = runs(workdir)
    assert path.name.endswith("Z-reproduction")
    assert len(read_run(path).results) == 11


def test_a_complete_one_is_shown_again_without_training(reproduce: Command, workdir: Path) -> None:
    first = reproduce()
    before = {path: path.stat().st_mtime_ns for path in workdir.rglob("runs/**/*")}
    again = reproduce()
    assert again.out == first.out
    assert re.match(r"nothing is trained: the run of \d{4}-\d\d-\d\d ", again.err)
    assert {path: path.stat().st_mtime_ns for path in workdir.rglob("runs/**/*")} == before


def test_fresh_makes_a_new_run(reproduce: Command, workdir: Path) -> None:
    reproduce("-t", "1")
    outcome = reproduce("-t", "1", "--fresh")
    assert len(runs(workdir)) == 2
    assert "taking up" not in outcome.err


def test_more_trials_and_the_best_recipe_are_added(reproduce: Command, workdir: Path) -> None:
    reproduce("-t", "2")
    outcome = reproduce("-t", "3", "--best")
    assert "5 of 10 trials are there" in outcome.err
    assert "[noise=9.0]" in outcome.out
    (path,) = runs(workdir)
    assert len(read_run(path).results) == 10
    less = reproduce("-t", "2", "--json")
    assert "nothing is trained" in less.err
    assert [len(model["trials"]) for model in less.json["models"]] == [2, 1, 2]
    assert less.json["status"] == "complete"


def test_what_differs_is_said_and_a_new_run_made(reproduce: Command, workdir: Path) -> None:
    reproduce("-t", "1")
    outcome = reproduce("-t", "1", "--seed", "4")
    (warning,) = (line for line in outcome.err.splitlines() if line.startswith("warning: "))
    assert "a new run is made: seed was 0 and is now 4" in warning
    assert len(runs(workdir)) == 2
    assert "seed" not in reproduce("-t", "1").err


def test_failed_trials_give_code_3_and_are_run_again(reproduce: Command, workdir: Path) -> None:
    Path("broken").touch()
    failed = reproduce("-t", "2")
    assert failed.code == 3
    assert "trials 1, 2 failed: RuntimeError: the fault is there" in failed.out
    assert "Traceback" in reproduce("-t", "2", "--debug").err
    Path("broken").unlink()
    mended = reproduce("-t", "2")
    assert mended.code == 0
    assert "3 of 5 trials are there" in mended.err
    assert "failed" not in mended.out
    assert len(runs(workdir)) == 1


def test_the_page_is_written_beside_the_tables(reproduce: Command, workdir: Path) -> None:
    outcome = reproduce("-t", "2", "--output", "report.md")
    page = Path("report.md").read_text(encoding="utf-8")
    assert page.startswith("# Reproduction of the paper\n")
    assert "| Trial 1 | 86.00 |" in page
    assert str(workdir) not in page
    assert outcome.err.splitlines()[-1] == "report written to report.md"
    assert sorted(path.name for path in workdir.iterdir()) == ["report.md", "runs"]


def test_json_is_all_there_is_on_stdout(reproduce: Command) -> None:
    document = reproduce("-t", "2", "--json").json
    figures = [model["metrics"]["macro_f1"]["mean"] for model in document["models"]]
    assert all(0 < figure <= 1 for figure in figures)
    assert [experiment["name"] for experiment in document["experiments"]] == ["one", "two"]
    assert document["base_seed"] == 0


@pytest.mark.parametrize(
    ("output", "message"),
    [("nowhere/report.md", "there is no directory nowhere"), (".", ". is a directory")],
)
def test_a_report_that_cannot_be_written_is_refused_first(
    reproduce: Command, workdir: Path, output: str, message: str
) -> None:
    outcome = reproduce("--output", output)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {message}")
    assert len(outcome.err.splitlines()) == 1
    assert not (workdir / "runs").exists()


def test_other_data_than_the_papers_are_refused(
    command: Command, workdir: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Paper("A Paper", "mnist", PAPER.experiments)
    monkeypatch.setattr(workflow, "LIU_FU", elsewhere)
    outcome = command("reproduce", *options)
    assert outcome.code == 2
    assert "mnist" in outcome.err
    assert outcome.out == ""
    assert not (workdir / "runs").exists()


@pytest.fixture
def start(workdir: Path, options: tuple[str, ...]) -> Iterator[Start]:
    """Return a function that starts the command on slow experiments as a process of its own."""
    with ExitStack() as started:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            line = [sys.executable, "-c", DRIVER, "reproduce", *options, "-t", "8", *arguments]
            process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start


def lines() -> int:
    return sum(path.read_bytes().count(b"\n") for path in Path().glob("runs/*/trials.jsonl"))


def wait_for_lines(count: int, process: subprocess.Popen[bytes]) -> None:
    while lines() < count and process.poll() is None:
        time.sleep(0.005)


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_the_undisturbed_end(
    command: Command,
    start: Start,
    options: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for count in (1, 5, 9):
        process = start()
        wait_for_lines(count, process)
        reported = lines()
        process.kill()
        process.communicate()
        assert len(read_run(find_run(Path("runs"), "latest")).results) >= reported
    monkeypatch.setattr(workflow, "LIU_FU", SLOW)
    resumed = command("reproduce", *options, "-t", "8")
    assert resumed.code == 0
    assert "taking up the run of" in resumed.err
    command("reproduce", *options, "-t", "8", "--runs-dir", "undisturbed")
    assert len(list(Path("runs").iterdir())) == 1
    record = read_run(find_run(Path("runs"), "latest"))
    other = read_run(find_run(Path("undisturbed"), "latest"))
    assert record.status == "complete"
    assert record.plan == other.plan
    for one, twin in zip(record.results, other.results, strict=True):
        assert one.spec == twin.spec
        np.testing.assert_array_equal(one.predictions, twin.predictions)


@pytest.mark.slow
def test_ctrl_c_gives_130_and_writes_no_page(start: Start) -> None:
    process = start("-o", "report.md")
    wait_for_lines(2, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert b"The run is not complete" in out
    assert b"report.md is not written: the run is not complete" in err
    assert not Path("report.md").exists()
    assert read_run(find_run(Path("runs"), "latest")).status == "interrupted"
