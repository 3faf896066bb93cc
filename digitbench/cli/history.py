"""`digitbench history`: a model's accuracy and cost over the runs."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_history
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DEFAULT_RUNS_DIR, DebugOption, JsonOption, RunsDirOption
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench history cnn",
    "digitbench history 'knn[k=3]'",
    "digitbench history cnn --test-set corruptions/fog",
    see_also=("list", "compare"),
)
def history(
    model: Annotated[
        str,
        typer.Argument(
            help="Name of a model, for all its options; or one as a run's table names it, such "
            "as 'knn[k=3]'.",
            autocompletion=complete_history,
        ),
    ],
    test_set: Annotated[
        str | None,
        typer.Option(
            "--test-set",
            help="The accuracy on this further test set, such as fresh, or on a condition, such "
            "as corruptions/fog; by default that on the test images.",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show a model's accuracy and cost over the runs, oldest first.

    It is said what was different from the run before, and whether a change of the accuracy is
    more than noise.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.document import to_json
    from digitbench.report.history import history_document, history_tables
    from digitbench.workflows.history import history as history_of

    with messages_shown():
        found = history_of(runs_dir, model, test_set)
    if json:
        results_stream().write(to_json(history_document(model, found)))
        return
    console = results_console()
    console.print(history_tables(found, console), crop=False)
