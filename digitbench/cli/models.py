"""`digitbench models`: the models there are, their options, and the plugins that failed."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_models
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import DebugOption, JsonOption, PluginFileOption
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench models",
    "digitbench models cnn",
    see_also=("run", "plugin new"),
)
def models(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Models to show; by default all.",
            show_default=False,
            autocompletion=complete_models,
        ),
    ] = None,
    plugin_files: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the models and their options.

    Options are shown with types and defaults; plugins that failed, with the reason.
    """
    from digitbench.cli.console import results_console
    from digitbench.report.catalogue import catalogue_document, catalogue_tables
    from digitbench.report.document import to_json
    from digitbench.workflows.catalogue import load_plugins, select_models

    host = load_plugins(files=plugin_files or ())
    chosen = select_models(host, names or ())
    if json:
        results_stream().write(to_json(catalogue_document(host, chosen)))
    else:
        results_console().print(catalogue_tables(host, chosen))
