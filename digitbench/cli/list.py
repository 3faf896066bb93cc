"""`digitbench list`: the runs there are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DEFAULT_RUNS_DIR, DebugOption, JsonOption, RunsDirOption
from digitbench.cli.streams import results_stream

if TYPE_CHECKING:
    from digitbench.report.runs import RunRow


@ends_with(
    "digitbench list --limit 5",
    see_also=("show", "history"),
)
def list_runs(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many runs to show, newest first.")
    ] = 20,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the runs, newest first, each with its verdict.

    A damaged run is listed as such.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.document import to_json
    from digitbench.report.runs import runs_document, runs_table
    from digitbench.store import run_paths

    paths = run_paths(runs_dir)
    rows = [_row(path) for path in paths[:limit]]
    if json:
        results_stream().write(to_json(runs_document(rows, len(paths))))
        return
    if rows:
        console = results_console()
        console.print(runs_table(rows, console), crop=False)
        left = len(paths) - len(rows)
        note = f"{left:,} older runs are not shown: --limit {len(paths)} shows all" if left else ""
    else:
        note = f"there are no runs in {runs_dir}; make one with `digitbench run`"
    if note:
        with messages_shown() as messages:
            messages.info(note)


def _row(path: Path) -> "RunRow":
    """Read a run, which may be damaged."""
    from digitbench.errors import DigitbenchError
    from digitbench.report.runs import run_row
    from digitbench.store import read_run

    try:
        return run_row(path, read_run(path))
    except DigitbenchError as error:
        return run_row(path, error)
