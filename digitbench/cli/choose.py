"""`digitbench choose`: the best model of a run under limits."""

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    JsonOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
)
from digitbench.cli.streams import results_stream
from digitbench.metrics import COSTS


def _with_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for the limit of each cost, such as `--max-fit`, by keyword."""
    options = {
        f"max_{metric.limit.option}": Annotated[
            str | None,
            typer.Option(
                f"--max-{metric.limit.option}", help=metric.limit.help, show_default=False
            ),
        ]
        for metric in COSTS
        if metric.limit is not None
    }
    signature = inspect.signature(command)
    run, *others = (p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD)
    limits = (
        inspect.Parameter(name, run.kind, default=None, annotation=option)
        for name, option in options.items()
    )
    command.__signature__ = signature.replace(parameters=[run, *limits, *others])  # type: ignore[attr-defined]
    command.__annotations__ = {**command.__annotations__, **options}
    return command


@ends_with(
    "digitbench choose --max-latency 1ms --max-size 1MB",
    see_also=("compare", "show"),
)
@_with_limits
def choose(
    run: RunArgument = "latest",
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="METRIC=VALUE",
            help="The worst that a metric may be, such as macro_f1=0.98 or log_loss=0.1: the most, "
            "or the least where more is better. Any metric of the run's JSON, also a plugin's.",
            show_default=False,
        ),
    ] = None,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
    **limits: str | None,
) -> None:
    """Choose the most accurate model of a run within limits, and say why each other one is not it.

    Models that cannot be told apart from the chosen one are named, and the cheapest of them. If no
    model is within the limits, the one that comes closest is named.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.choice import choice_document, choice_report
    from digitbench.report.document import to_json
    from digitbench.report.sequential import sequential_notes
    from digitbench.report.training import training_notes
    from digitbench.workflows.choose import choose as choose_model
    from digitbench.workflows.choose import read_limits
    from digitbench.workflows.stored import load_run

    given = {name: text for name, text in limits.items() if text is not None}
    read_limits(given)  # what is wrong with them is said before a run is read
    record = load_run(run, runs_dir)
    with messages_shown() as messages:
        choice, typed = choose_model(
            record, given, limit or (), messages=messages, plugin_files=plugin_file or ()
        )
    if json:
        results_stream().write(to_json(choice_document(record, choice)))
        return
    console = results_console()
    console.print(choice_report(record, choice, typed, console))
    for note in (*training_notes(record.plan), *sequential_notes(record)):
        console.print(note, style="dim", markup=False)
