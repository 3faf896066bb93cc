"""`digitbench baseline`: what a gate needs to know of a run, as a small file."""

from pathlib import Path
from typing import Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DEFAULT_RUNS_DIR, DebugOption, RunArgument, RunsDirOption


@ends_with(
    "digitbench baseline latest > baseline.json",
    see_also=("check",),
)
def baseline(
    run: RunArgument = "latest",
    output: Annotated[
        str,
        typer.Option("--output", "-o", help="File to write, whole or not at all; - is stdout."),
    ] = "-",
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Write a stored run as a baseline for `digitbench check`, as JSON.

    It is small enough to be committed: models with their options, each trial's accuracy, which
    test images are wrong in how many trials, and what it was run on. More trials make a better
    baseline: a check cannot be surer than its baseline is.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.cli.streams import STDOUT, write_stdout
    from digitbench.report.gate import foresight
    from digitbench.workflows.baseline import baseline_of
    from digitbench.workflows.files import check_writable, write_file
    from digitbench.workflows.stored import load_run

    if output != STDOUT:
        check_writable(Path(output))
    made, text = baseline_of(load_run(run, runs_dir))
    if output == STDOUT:
        write_stdout(text)
    else:
        write_file(Path(output), text)
    with messages_shown() as messages:
        for line in foresight(made):
            messages.info(line)
