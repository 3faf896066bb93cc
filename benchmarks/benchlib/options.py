"""Options that the scripts share, and the way a script is run."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from digitbench.errors import DigitbenchError, UsageError

DEFAULT_RESULTS = Path(__file__).parents[1] / "results.jsonl"
QUICK_DATASET = "digits"

FAILED_EXIT_CODE = 3
"""For a script whose table lacks something that was asked for."""

_USAGE_EXIT_CODE = 2

DataDirOption = Annotated[
    Path | None,
    typer.Option(
        envvar="DIGITBENCH_DATA_DIR",
        help="Directory with the four IDX files of the data set.",
        show_default=False,
    ),
]
DatasetOption = Annotated[
    str | None,
    typer.Option(help="Data set; by default mnist, with --quick digits.", show_default=False),
]
QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="Only see that it works: the small bundled digits, the smallest settings. Nothing is "
        "appended to the results unless --results names a file.",
    ),
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        help="JSON lines file to append to; by default benchmarks/results.jsonl.",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="CPU threads; by default every processor available.", show_default=False
    ),
]
TrainImagesOption = Annotated[
    int | None,
    typer.Option(min=1, help="Train on the first N images only.", show_default=False),
]


@dataclass(frozen=True)
class DataRequest:
    """Which images a benchmark uses; small, so that it can be sent to another process.

    Attributes:
        dataset: name of the data set.
        data_dir: where its files are, if the user says so.
        train_images: train on this many of the first training images; None for all.
    """

    dataset: str
    data_dir: Path | None = None
    train_images: int | None = None


def data_request(
    dataset: str | None, data_dir: Path | None, train_images: int | None, quick: bool
) -> DataRequest:
    """Return which images the options ask for."""
    return DataRequest(dataset or (QUICK_DATASET if quick else "mnist"), data_dir, train_images)


def results_file(results: Path | None, quick: bool) -> Path | None:
    """Return where measurements are kept; None if they are not worth keeping."""
    if results is None and quick:
        return None
    return results or DEFAULT_RESULTS


def parse_numbers(option: str, text: str) -> tuple[int, ...]:
    """Parse whole numbers separated by commas, such as `1,2,3`.

    Raises:
        UsageError: the text is something else, or names a number twice.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{option} takes whole numbers, such as 1,2,3, not '{text}'") from error
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"{option} {text} names a number twice; name each once")
    return numbers


def run_script(main: Callable[..., None]) -> None:
    """Run a script's main function with the command line's options.

    An error that is the user's to mend is printed as one line, with exit code 2.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(main)
    try:
        app()
    except DigitbenchError as error:
        typer.secho(f"error: {error}", err=True, fg=typer.colors.RED)
        sys.exit(_USAGE_EXIT_CODE)
