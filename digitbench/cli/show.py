"""`digitbench show`: a stored run's comparison once more."""

from typing import TYPE_CHECKING

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    JsonOption,
    RunArgument,
    RunsDirOption,
    TrialsTableOption,
)
from digitbench.cli.streams import results_stream

if TYPE_CHECKING:
    from rich.console import Console

    from digitbench.types import RunRecord


@ends_with(
    "digitbench show",
    "digitbench show latest --trials-table",
    see_also=("list", "report", "compare", "writers"),
)
def show(
    run: RunArgument = "latest",
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    trials_table: TrialsTableOption = False,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Print a stored run's comparison again.

    Every figure is recomputed from the predictions in the run's directory.
    """
    from digitbench.cli.console import results_console
    from digitbench.workflows.stored import load_run

    print_run(load_run(run, runs_dir), results_console(), as_json=json, trials_table=trials_table)


def print_run(
    record: "RunRecord", console: "Console", *, as_json: bool, trials_table: bool
) -> None:
    """Print a run as JSON, or as the comparison with or without the table of trials."""
    from digitbench.report.comparison import comparison
    from digitbench.report.document import run_document, to_json
    from digitbench.report.trials import trials_tables

    if as_json:
        results_stream().write(to_json(run_document(record)))
        return
    if trials_table:
        console.print(trials_tables(record))
    console.print(comparison(record, console))
