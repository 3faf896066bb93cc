"""`digitbench list`: the runs there are."""

from typing import Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DEFAULT_RUNS_DIR, DebugOption, JsonOption, RunsDirOption
from digitbench.cli.streams import results_stream


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
    from digitbench.report.runs import run_row, runs_document, runs_table
    from digitbench.workflows.stored import newest_runs, run_paths

    paths = run_paths(runs_dir)
    rows = [run_row(path, found) for path, found in newest_runs(runs_dir, limit)]
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
