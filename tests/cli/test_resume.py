"""`digitbench run --resume` and `--reuse`, as they are typed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]

DIGITS = ("--dataset", "digits", "--offline", "--engine", "inline", "--threads", "1")


@pytest.fixture
def replica(plugin_file: Callable[[str], Path]) -> tuple[str, ...]:
    return ("--plugin-file", str(plugin_file("replica")))


def interrupted_run(workdir: Path, replica: tuple[str, ...], *options: str) -> Path:
    """Start a run of slow trials, interrupt it after some, and return its directory."""
    line = [sys.executable, "-m", "digitbench", "run", "--dataset", "digits", "--offline"]
    line += ["--models", "replica[noise=0.5,seconds=0.3]", "--trials", "8", *replica, *options]
    process = subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        lines = list(workdir.glob("runs/*/trials.jsonl"))
        if lines and lines[0].read_bytes().count(b"\n") >= 2:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    path = find_run(workdir / "runs", "latest")
    assert f"to complete it: digitbench run --resume {path.name}" in err
    assert "was interrupted" in out
    return path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C as Unix sends it")
def test_an_interrupted_run_is_completed(
    command: Command, workdir: Path, replica: tuple[str, ...]
) -> None:
    path = interrupted_run(workdir, replica)
    before = read_run(path)
    assert before.status == "interrupted"
    assert 2 <= len(before.results) < 8
    outcome = command("run", "--resume")
    assert outcome.code == 0, outcome.err
    assert f"completing {path.name}: {len(before.results)} of 8 trials are there" in outcome.err
    after = read_run(path)
    assert (after.status, len(after.results)) == ("complete", 8)
    kept = [result.model_dump() for result in after.results[: len(before.results)]]
    assert kept == [result.model_dump() for result in before.results]
    assert len(list((workdir / "runs").iterdir())) == 1
    assert command("run", "--resume", path.name).code == 0


def test_more_trials_and_another_number_of_jobs_may_be_asked_for(
    command: Command, replica: tuple[str, ...]
) -> None:
    assert command("run", *DIGITS, *replica, "-m", "replica[noise=1]", "-t", "1").code == 0
    outcome = command("run", "--resume", "--trials", "2", "--engine", "process")
    assert outcome.code == 0, outcome.err
    assert "1 of 2 trials are there" in outcome.err
    assert "hard to compare: engine was inline and is now process" in outcome.err


def test_a_run_that_was_something_else_is_refused(
    command: Command, replica: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("run", *DIGITS, *replica, "-m", "replica[noise=1]", "-t", "1").code == 0
    for options, difference in (
        (("--seed", "1"), "seed was 0 and is now 1"),
        (("--threads", "2"), "number of threads was 1 and is now 2"),
        (("--validation", "9"), "number of validation images was 0 and is now 9"),
    ):
        outcome = command("run", "--resume", *options)
        assert outcome.code == 2
        assert f"cannot be completed: {difference}" in " ".join(outcome.err.split())
    monkeypatch.setattr("digitbench.runner.resolve.model_source_hash", lambda function: "f" * 64)
    outcome = command("run", "--resume")
    assert outcome.code == 2
    assert "source of replica[noise=1.0] was" in " ".join(outcome.err.split())


def test_failed_trials_are_run_again_on_request(
    command: Command, workdir: Path, replica: tuple[str, ...]
) -> None:
    (workdir / "fault").touch()
    line = ("run", *DIGITS, *replica, "-m", "replica[fault=fault],replica", "-t", "1")
    assert command(*line).code == 3
    (workdir / "fault").unlink()
    assert command("run", "--resume").code == 3
    outcome = command("run", "--resume", "--retry-failed")
    assert outcome.code == 0, outcome.err
    assert "1 of 2 trials are there" in outcome.err


def test_identical_trials_are_reused(
    command: Command, workdir: Path, replica: tuple[str, ...]
) -> None:
    line = ("run", *DIGITS, *replica, "-t", "2")
    assert command(*line, "-m", "replica[noise=1]").code == 0
    first = find_run(Path("runs"), "latest")
    outcome = command(*line, "-m", "replica[noise=1],replica", "--reuse")
    assert outcome.code == 0, outcome.err
    record = read_run(find_run(Path("runs"), "latest"))
    assert [r.reused_from for r in record.results] == [first.name, first.name, None]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--retry-failed",), "--retry-failed is for --resume"),
        (("--resume", "--reuse"), "--reuse is for a new run"),
        (("--resume",), "there are no runs in runs"),
        (("--resume", "nothing"), "there is no run 'nothing'"),
        (("--engine", "inline", "--jobs", "2"), "leave out --jobs"),
        (("--engine", "inline", "--timeout", "2"), "leave out --timeout"),
        (("--engine", "magic"), "there is no engine 'magic'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Command, options: tuple[str, ...], message: str
) -> None:
    outcome = command("run", "--dataset", "digits", "--offline", *options)
    assert outcome.code == 2
    assert message in " ".join(outcome.err.split())
