"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from digitbench.cli.completion import complete_runs
from digitbench.cli.help import DATA, OUTPUT, STORED
from digitbench.given import variable

_DEBUG = "digitbench.debug"
_DEBUG_VARIABLE = "DIGITBENCH_DEBUG"
_OFF = (None, "0", "false", "no", "off")


def _remember_debug(context: typer.Context, wanted: bool) -> bool:
    """Note `--debug` where every level of the command line sees it."""
    if wanted:
        context.meta[_DEBUG] = True
    return wanted


def debugging(context: Any) -> bool:
    """Tell whether tracebacks were asked for."""
    return bool(context.meta.get(_DEBUG)) or variable(_DEBUG_VARIABLE) not in _OFF


DebugOption = Annotated[
    bool,
    typer.Option(
        "--debug",
        callback=_remember_debug,
        is_eager=True,
        help="Show tracebacks of errors and of failed trials.",
        rich_help_panel=OUTPUT,
    ),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="DIGITBENCH_DATA_DIR",
        help="Directory with the data set: four IDX files, or pictures.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON on stdout, and nothing else there.", rich_help_panel=OUTPUT
    ),
]
OfflineOption = Annotated[
    bool,
    typer.Option(
        "--offline/--no-offline",
        help="Never touch the network.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
PluginFileOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin-file",
        help="Load a plugin from a Python file too; may be given several times.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        help="Name or directory of a run, or 'latest'.",
        metavar="RUN",
        autocompletion=complete_runs,
    ),
]
RunsDirOption = Annotated[
    Path,
    typer.Option(
        "--runs-dir",
        envvar="DIGITBENCH_RUNS_DIR",
        help="Where runs are kept.",
        rich_help_panel=STORED,
    ),
]
TrialsTableOption = Annotated[
    bool,
    typer.Option(
        "--trials-table",
        help="Show one row per trial, as the paper does.",
        rich_help_panel=OUTPUT,
    ),
]
WideOption = Annotated[
    bool,
    typer.Option(
        "--wide",
        help="Show every figure of the models, in as few tables as the width allows.",
        rich_help_panel=OUTPUT,
    ),
]
DEFAULT_RUNS_DIR = Path("runs")
