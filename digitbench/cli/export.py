"""`digitbench export`: a stored run or a kept model, put where other tools look."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_exporters, complete_sides
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    PluginFileOption,
    RunsDirOption,
)


@ends_with(
    "digitbench export latest --to mlflow",
    "digitbench export latest:cnn --to onnx --output cnn.onnx",
    see_also=("report", "keep"),
)
def export(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN|RUN:MODEL",
            help="A stored run, such as latest; for a format, a model that it kept.",
            autocompletion=complete_sides,
        ),
    ] = "latest",
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="An exporter of runs, such as mlflow, or a format of models, such as onnx.",
            show_default=False,
            autocompletion=complete_exporters,
        ),
    ],
    destination: Annotated[
        str | None,
        typer.Option(
            "--destination",
            "--output",
            "-o",
            help="Where to put it: for mlflow a tracking URI, such as sqlite:///mlflow.db, by "
            "default where its own settings say; for a format a file or directory, by default "
            "one named like the model.",
            show_default=False,
        ),
    ] = None,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Copy a stored run to another tool, or write a kept model in a format that others read.

    Exporting a run again adds what the copy lacks, and nothing twice.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.workflows.export import export_named

    with messages_shown() as messages:
        said = export_named(
            run,
            to,
            destination,
            runs_dir=runs_dir,
            plugin_files=plugin_files or (),
            messages=messages,
        )
    results_console().print(said, soft_wrap=True)
