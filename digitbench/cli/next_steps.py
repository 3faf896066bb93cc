"""What to do next with a run that has been shown: commands that can be typed as they are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from digitbench.display.messages import RichMessages
    from digitbench.types import RunRecord

LATEST = "latest"


def tell_next_steps(
    record: RunRecord, messages: RichMessages, *, run: str = LATEST, runs_dir: Path | None = None
) -> None:
    """Name the commands that look closer at a run, on a terminal alone: a log keeps its lines.

    Args:
        record: the run.
        messages: where they are said, in one line if it has room for all.
        run: what the user called the run; the latest need not be named.
        runs_dir: where the user said that runs are kept; None if that need not be said again.
    """
    if not messages.console.is_terminal:
        return
    from digitbench.workflows.next_steps import next_steps

    place = [] if runs_dir is None else ["--runs-dir", str(runs_dir)]
    steps = next_steps(record, None if run == LATEST else run)
    commands = [shlex.join(["digitbench", *words, *place]) for words in steps]
    together = "  or  ".join(commands)
    if commands and len(f"next: {together}") <= messages.console.width:
        commands = [together]
    for number, command in enumerate(commands):
        messages.info(f"{'      ' if number else 'next: '}{command}")


def typed_runs_dir(context: typer.Context) -> Path | None:
    """Return `--runs-dir` if the user typed it."""
    source = context.get_parameter_source("runs_dir")
    typed = source is not None and source.name == "COMMANDLINE"
    return context.params["runs_dir"] if typed else None
