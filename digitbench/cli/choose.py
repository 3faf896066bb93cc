"""`digitbench choose`: the best model of a run under limits."""

from typing import Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    JsonOption,
    RunArgument,
    RunsDirOption,
)
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench choose --max-latency 1ms --max-size 1MB",
    see_also=("compare", "show"),
)
def choose(
    run: RunArgument = "latest",
    max_latency: Annotated[
        str | None,
        typer.Option(
            "--max-latency",
            help="The most that predicting a single image may take (median), such as 1ms.",
            show_default=False,
        ),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size", help="The largest trained model, such as 1MB.", show_default=False
        ),
    ] = None,
    max_memory: Annotated[
        str | None,
        typer.Option(
            "--max-memory",
            help="The most memory that fitting and predicting may take, such as 500MB.",
            show_default=False,
        ),
    ] = None,
    max_fit: Annotated[
        str | None,
        typer.Option(
            "--max-fit",
            help="The most that fitting may take (mean), such as 30s.",
            show_default=False,
        ),
    ] = None,
    max_predict: Annotated[
        str | None,
        typer.Option(
            "--max-predict",
            help="The most that predicting an image in batch may take, such as 10us.",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Choose the most accurate model of a run within limits, and say why each other one is not it.

    Models that cannot be told apart from the chosen one are named, and the cheapest of them. If no
    model is within the limits, the one that comes closest is named.
    """
    from digitbench.cli.console import results_console
    from digitbench.report.choice import choice_document, choice_report
    from digitbench.report.document import to_json
    from digitbench.report.sequential import sequential_notes
    from digitbench.report.training import training_notes
    from digitbench.workflows.choose import choose as choose_model
    from digitbench.workflows.choose import read_limits
    from digitbench.workflows.stored import load_run

    given = {
        "max_fit": max_fit,
        "max_predict": max_predict,
        "max_latency": max_latency,
        "max_size": max_size,
        "max_memory": max_memory,
    }
    limits = {name: text for name, text in given.items() if text is not None}
    read_limits(limits)  # before a run is looked for
    record = load_run(run, runs_dir)
    choice, typed = choose_model(record, limits)
    if json:
        results_stream().write(to_json(choice_document(record, choice)))
        return
    console = results_console()
    console.print(choice_report(record, choice, typed, console))
    for note in (*training_notes(record.plan), *sequential_notes(record)):
        console.print(note, style="dim", markup=False)
