"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from digitbench.cli.completion import complete_engines, complete_resampling, complete_runs
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
    ),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="DIGITBENCH_DATA_DIR",
        help="Directory with the four IDX files of the data set.",
        show_default=False,
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        help="Where trials run: process (worker processes), inline (this process), dask, or what "
        "else plugins offer; with options in brackets.",
        autocompletion=complete_engines,
    ),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="How many trials run at a time.")
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.001,
        help="Seconds a trial may take; then it is stopped and fails.",
        show_default=False,
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Address of a Dask cluster's scheduler, such as tcp://host:8786; for --engine dask.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")
]
OfflineOption = Annotated[
    bool,
    typer.Option("--offline/--no-offline", help="Never touch the network.", show_default=False),
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
    typer.Option("--runs-dir", envvar="DIGITBENCH_RUNS_DIR", help="Where runs are kept."),
]
QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick/--no-quick",
        help="Smoke run: one trial on a small part of the bundled digits or of --dataset, to see "
        "that the models run. The figures say nothing.",
        show_default=False,
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Base of every trial's seed.")]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        help="CPU threads per trial; by default an equal share of the processors available.",
        show_default=False,
    ),
]
TrialsOption = Annotated[
    int,
    typer.Option(
        "--trials", "-t", min=1, help="Trials of each model; deterministic ones run once."
    ),
]
TrialsTableOption = Annotated[
    bool, typer.Option("--trials-table", help="Show one row per trial, as the paper does.")
]
VaryOption = Annotated[
    Literal["seed", "data", "both"],
    typer.Option(
        "--vary",
        help="What differs between trials: the seed, the training images (resampled), or both.",
    ),
]
ResampleOption = Annotated[
    str | None,
    typer.Option(
        "--resample",
        metavar="HOW",
        help="With --vary data or both, draw the training images with replacement (bootstrap, the "
        "default) or without (subsample), or draw whole groups, such as writers.",
        autocompletion=complete_resampling,
        show_default=False,
    ),
]
FractionOption = Annotated[
    float | None,
    typer.Option(
        "--fraction",
        help="How many of the training images a subsample has, between 0 and 1; by default 0.5. "
        "Of groups, which are otherwise drawn with replacement.",
        show_default=False,
    ),
]
UntilDecidedOption = Annotated[
    str | None,
    typer.Option(
        "--until-decided",
        metavar="[A,B]",
        help="Add trials until models A and B are told apart, by default every pair of the run, or "
        "more trials could not do it.",
        show_default=False,
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="With --until-decided, the wall time that the run may take, such as 20m or 1h30m.",
        show_default=False,
    ),
]
MaxTrialsOption = Annotated[
    int,
    typer.Option(
        "--max-trials", min=2, help="With --until-decided, the most trials of each model."
    ),
]
DEFAULT_RUNS_DIR = Path("runs")
