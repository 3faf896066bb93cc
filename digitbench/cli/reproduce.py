"""`digitbench reproduce`: the paper's experiments again, beside its own figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption, tell_config
from digitbench.cli.help import ends_with
from digitbench.cli.options import DebugOption, JsonOption
from digitbench.cli.request_options import RequestCommand, requested
from digitbench.cli.streams import results_stream

if TYPE_CHECKING:
    from digitbench.workflows.messages import Messages
    from digitbench.workflows.reproduce import Reproduction


class ReproduceCommand(RequestCommand):
    """Takes what of a request the paper does not say."""

    request_fields = (
        *("trials", "data_dir", "seed", "threads", "plugin_files", "runs_dir", "offline"),
    )


@ends_with(
    "digitbench reproduce --trials 5 --output reproduction.md",
    see_also=("run", "data fetch"),
)
def reproduce(
    context: typer.Context,
    best: Annotated[
        bool,
        typer.Option("--best", help="Run the best recipe of the network too; it takes long."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the report to this file too, as Markdown.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Make a new run even if an earlier one could be taken up."),
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Repeat the paper's two experiments on MNIST and set the figures beside its own.

    The softmax regression and the improved convolutional network are trained with the paper's
    recipe and with ours. All trials go into one run below --runs-dir. Given again after an
    interrupt, or with more trials or --best, the command keeps the trials that are there and does
    the rest; a complete reproduction is shown without training. Exit code 3 if a trial failed.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.cli.run import exit_unless_well, show_tracebacks
    from digitbench.workflows.files import check_writable
    from digitbench.workflows.reproduce import reproduce as reproduce_paper

    if output is not None:
        check_writable(output)
    with messages_shown() as messages:
        tell_config(config, messages)
        made = reproduce_paper(*requested(context), messages, best=best, fresh=fresh)
        _report(made, messages, output, as_json=json)
        if debug:
            show_tracebacks(made.record, messages)
    exit_unless_well(made.record)


def _report(
    made: "Reproduction", messages: "Messages", output: Path | None, *, as_json: bool
) -> None:
    """Print the figures, and write the page once the run is complete."""
    from digitbench.cli.console import results_console
    from digitbench.report.document import reproduction_document, to_json
    from digitbench.report.reproduction import reproduction_tables
    from digitbench.report.reproduction_page import reproduction_page
    from digitbench.workflows.files import write_file

    record, experiments = made.record, made.experiments
    if as_json:
        from digitbench.workflows.metrics import compute_metrics

        computed = compute_metrics(record, messages)
        results_stream().write(to_json(reproduction_document(record, experiments, computed)))
    else:
        results_console().print(reproduction_tables(record, experiments))
    if output is None:
        return
    if record.status == "complete":
        write_file(output, reproduction_page(record, made.paper, experiments))
        messages.info(f"report written to {output}")
    else:
        messages.info(f"{output} is not written: the run is not complete")
