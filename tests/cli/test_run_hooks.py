"""Hooks of a run, as a user meets them: in the parent process alone, and harmless."""

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]

RUN_HOOKS = (
    "digitbench_run_started",
    "digitbench_trial_started",
    "digitbench_trial_progress",
    "digitbench_trial_finished",
    "digitbench_run_finished",
)


@pytest.fixture
def broken(workdir: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a plugin whose hook does one thing."""

    def write(hook: str, statement: str) -> Path:
        path = workdir / f"broken_{hook}.py"
        code = f"""
            from digitbench import hookimpl

            @hookimpl
            def {hook}():
                {statement}
        """
        path.write_text(textwrap.dedent(code), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(command: Command, plugin_file: PluginFile) -> Command:
    """Return a function that runs two trials of `centroid` with further plugins."""

    def call(*files: Path, engine: str, jobs: str = "1") -> Any:
        plugins = [x for file in files for x in ("--plugin-file", file)]
        return command(
            "run",
            *("-d", "digits", "--offline", "-m", "centroid[noise=0.5]", "-t", "2"),
            *("--engine", engine, "--jobs", jobs, "--threads", "1"),
            *("--plugin-file", plugin_file("centroid"), *plugins),
        )

    return call


def complaints(outcome: Any, text: str) -> int:
    """Count what is said of a text, however its lines are broken."""
    count: int = " ".join(outcome.err.split()).count(text)
    return count


@pytest.mark.parametrize(
    ("hook", "statement"),
    [
        *((hook, "raise RuntimeError('out of order')") for hook in RUN_HOOKS),
        ("digitbench_trial_finished", "raise SystemExit(7)"),
    ],
)
def test_a_hook_that_raises_is_reported_once_and_changes_nothing(
    run: Command, broken: Callable[..., Path], hook: str, statement: str, workdir: Path
) -> None:
    outcome = run(broken(hook, statement), engine="inline")
    assert outcome.code == 0
    assert complaints(outcome, f"{hook} failed: ") == 1
    record = read_run(find_run(workdir / "runs", "latest"))
    assert (record.status, len(record.results)) == ("complete", 2)


def test_hooks_are_called_in_the_parent_alone_and_cannot_stop_its_workers(
    run: Command, broken: Callable[..., Path], plugin_file: PluginFile, workdir: Path
) -> None:
    raising = [broken(hook, f"raise ValueError('{hook}')") for hook in RUN_HOOKS]
    outcome = run(*raising, plugin_file("process_ids"), engine="process", jobs="2")
    assert outcome.code == 0
    for hook in RUN_HOOKS:
        assert complaints(outcome, f"{hook} failed: ValueError: {hook}") == 1
    assert complaints(outcome, " failed: ") == len(RUN_HOOKS)
    heard = [line.split() for line in (workdir / "process_ids.txt").read_text().splitlines()]
    assert {name for name, _ in heard} == {"imported", *RUN_HOOKS}
    assert {pid for name, pid in heard if name != "imported"} == {str(os.getpid())}
    assert len({pid for name, pid in heard if name == "imported"}) > 1  # the workers load it too
