"""`digitbench export`: a stored run, copied to where other tools look."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_exporters
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
)


@ends_with(
    "digitbench export latest --to mlflow",
    see_also=("report",),
)
def export(
    run: RunArgument = "latest",
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="The exporter, such as mlflow.",
            show_default=False,
            autocompletion=complete_exporters,
        ),
    ],
    destination: Annotated[
        str | None,
        typer.Option(
            "--destination",
            help="Where the exporter is to put it: for mlflow a tracking URI, such as "
            "sqlite:///mlflow.db. By default where the exporter's own settings say.",
            show_default=False,
        ),
    ] = None,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Copy a stored run to another tool, through a plugin's exporter.

    Exporting a run again adds what the copy lacks, and nothing twice.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.workflows.export import export as export_run
    from digitbench.workflows.stored import load_run

    with messages_shown():
        said = export_run(load_run(run, runs_dir), to, destination, plugin_files or ())
    results_console().print(said, soft_wrap=True)
