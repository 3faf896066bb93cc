"""What to do next with a run that has been shown: commands that can be typed as they are."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from digitbench.types import RunRecord
    from digitbench.workflows.messages import Messages

LATEST = "latest"


def tell_next_steps(
    context: typer.Context, record: RunRecord, messages: Messages, run: str = LATEST
) -> None:
    """Name the commands that look closer at a run.

    Args:
        context: the command under way; its `--runs-dir` is said again if the user said it.
        record: the run.
        messages: where they are said, in a line each.
        run: what the user called the run; the latest need not be named.
    """
    place: list[str] = []
    if _is_typed(context, "runs_dir"):
        place = ["--runs-dir", str(context.params["runs_dir"])]
    for number, words in enumerate(_steps(record, run)):
        command = shlex.join(["digitbench", *words, *place])
        messages.info(f"{'      ' if number else 'next: '}{command}")


def _is_typed(context: typer.Context, parameter: str) -> bool:
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def _steps(record: RunRecord, run: str) -> list[list[str]]:
    from digitbench.analysis.sequential import compare_run

    steps = [] if record.status == "complete" else [["run", "--resume", record.id]]
    models = [model.outcomes.label for model in compare_run(record).models]
    if models:
        steps.append(["report", *([] if run == LATEST else [run]), "--open"])
    if len(models) > 1:
        steps.append(["compare", *models[:2], *([] if run == LATEST else ["--run", run])])
    return steps
