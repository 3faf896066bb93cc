"""`digitbench test-sets`: the test sets there are, their options, and the plugins that failed."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_test_sets
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DebugOption, JsonOption, PluginFileOption
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench test-sets",
    "digitbench test-sets corruptions",
    see_also=("run", "data list"),
)
def list_test_sets(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Test sets to show; by default all.",
            show_default=False,
            autocompletion=complete_test_sets,
        ),
    ] = None,
    plugin_files: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the further test sets that a run can take, with their options."""
    from digitbench.cli.console import results_console
    from digitbench.report.catalogue import sets_document, sets_tables
    from digitbench.report.document import to_json
    from digitbench.workflows.catalogue import load_plugins, select_test_sets

    host = load_plugins(files=plugin_files or ())
    chosen = select_test_sets(host, names or ())
    if json:
        results_stream().write(to_json(sets_document(host, chosen)))
    else:
        results_console().print(sets_tables(host, chosen))
