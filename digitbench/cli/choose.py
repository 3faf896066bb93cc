"""`digitbench choose`: the best model of a run under limits."""

import inspect
from typing import Annotated, Any

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
from digitbench.cli.request_options import LateCommand
from digitbench.cli.streams import results_stream

_LIMITS = "digitbench.limits"


class ChooseCommand(LateCommand):
    """A command with an option for the limit of each cost, such as `--max-fit`."""

    @classmethod
    def late_parameters(cls) -> list[inspect.Parameter]:
        """Return the limits as parameters that Typer understands."""
        from digitbench.metrics import COSTS

        return [
            inspect.Parameter(
                f"max_{limit.option}",
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[
                    str | None,
                    typer.Option(f"--max-{limit.option}", help=limit.help, show_default=False),
                ],
            )
            for metric in COSTS
            if (limit := metric.limit) is not None
        ]

    def invoke(self, ctx: Any) -> Any:
        """Run the command, which finds the limits that are given in its context."""
        given = {p.name: ctx.params.pop(p.name) for p in self.late_parameters()}
        ctx.meta[_LIMITS] = {name: text for name, text in given.items() if text is not None}
        return super().invoke(ctx)


@ends_with(
    "digitbench choose --max-latency 1ms --max-size 1MB",
    "digitbench choose latest --limit accuracy@corruptions/fog=0.6",
    see_also=("compare", "show"),
)
def choose(
    context: typer.Context,
    run: RunArgument = "latest",
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="METRIC=VALUE",
            help="The worst that a metric may be, such as macro_f1=0.98 or log_loss=0.1: the most, "
            "or the least where more is better. Any metric of the run's JSON, also a plugin's; "
            "of a further test set, accuracy@fresh=0.9 or accuracy@corruptions/fog=0.8.",
            show_default=False,
        ),
    ] = None,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
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

    given: dict[str, str] = context.meta[_LIMITS]
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
