"""`digitbench show`: a stored run's comparison once more."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.next_steps import tell_next_steps, typed_runs_dir
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    JsonOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
    TrialsTableOption,
    WideOption,
)
from digitbench.cli.streams import results_stream
from digitbench.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from digitbench.types import RunRecord


@ends_with(
    "digitbench show",
    "digitbench show latest --wide",
    "digitbench show latest --trials-table",
    "digitbench show latest --test-set corruptions",
    see_also=("list", "report", "compare", "writers"),
)
def show(
    context: typer.Context,
    run: RunArgument = "latest",
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    wide: WideOption = False,
    trials_table: TrialsTableOption = False,
    metrics: Annotated[
        bool,
        typer.Option(
            "--metrics",
            help="Add a table of the metrics that plugins compute of the predictions, such as "
            "macro-F1 and log loss.",
        ),
    ] = False,
    test_set: Annotated[
        str | None,
        typer.Option(
            "--test-set",
            metavar="NAME",
            help="Show every condition of one of the run's further test sets instead; with --wide "
            "every severity too.",
        ),
    ] = None,
    relative_to: Annotated[
        str | None,
        typer.Option(
            "--relative-to",
            metavar="MODEL",
            help="Model whose corruption errors are 1; by default softmax, or the least accurate.",
        ),
    ] = None,
    plugin_file: PluginFileOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Print what a stored run comes to: the verdict and the table of its models.

    Every figure is recomputed from the predictions in the run's directory.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.workflows.stored import load_run

    record = load_run(run, runs_dir)
    print_run(
        record,
        results_console(),
        as_json=json,
        wide=wide,
        trials_table=trials_table,
        metrics=metrics,
        plugin_files=plugin_file or (),
        test_set=test_set,
        relative_to=relative_to,
    )
    if not json:
        with messages_shown() as messages:
            tell_next_steps(record, messages, run=run, runs_dir=typed_runs_dir(context))


def print_run(
    record: "RunRecord",
    console: "Console",
    *,
    as_json: bool,
    wide: bool,
    trials_table: bool,
    metrics: bool = False,
    plugin_files: Sequence[Path] = (),
    test_set: str | None = None,
    relative_to: str | None = None,
) -> None:
    """Print a run as JSON, or as its verdict and tables, or one of its further test sets.

    What is not printed is not imported.
    """
    from digitbench.metrics import NOTHING_COMPUTED

    computed = NOTHING_COMPUTED
    if as_json or metrics:
        from digitbench.cli.console import messages_shown
        from digitbench.workflows.metrics import compute_metrics

        with messages_shown() as messages:
            computed = compute_metrics(record, messages, plugin_files=plugin_files)
    if as_json:
        from digitbench.report.document import run_document, to_json

        results_stream().write(to_json(run_document(record, computed)))
        return
    if test_set is not None:
        from digitbench.report.set_conditions import set_conditions

        console.print(set_conditions(record, test_set, console, relative_to=relative_to, each=wide))
        return
    if trials_table:
        from digitbench.report.trials import trials_tables

        console.print(trials_tables(record))
    _print_tables(record, console, wide=wide, relative_to=relative_to)
    if metrics:
        from digitbench.report.metrics_table import metrics_table

        console.print(metrics_table(record, computed))


def _print_tables(
    record: "RunRecord", console: "Console", *, wide: bool, relative_to: str | None
) -> None:
    """Print the verdict and the tables of a run, and what it has kept."""
    from rich.text import Text

    from digitbench.report.comparison import comparison
    from digitbench.report.kept import kept_notes
    from digitbench.report.overview import overview

    console.print((comparison if wide else overview)(record, console))
    if record.plan.test_sets:
        from digitbench.report.sets_overview import sets_overview

        console.print(sets_overview(record, console, relative_to))
    for note in kept_notes(record):
        console.print(Text(printable(note), style="dim"))
