"""`digitbench export`: a stored run, copied to where other tools look."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_exporters
from digitbench.cli.config import ConfigOption
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
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
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Copy a stored run to another tool, through a plugin's exporter.

    Exporting a run again adds what the copy lacks, and nothing twice.
    """
    from digitbench.cli.console import messages_console, messages_shown, results_console
    from digitbench.exporting import export_run
    from digitbench.plugins import load_plugins
    from digitbench.runner.recall import plugin_files_of
    from digitbench.runner.selection import find_exporter
    from digitbench.store import find_run, read_run

    with messages_shown(messages_console()):
        record = read_run(find_run(runs_dir, run))
        files = plugin_files_of(record.plan, plugin_file or ())
        exporter = find_exporter(to, load_plugins(files=files.present))
        said = export_run(exporter, record, destination)
    results_console().print(said, soft_wrap=True)
