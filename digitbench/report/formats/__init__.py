"""What a report can be written as: a module here for each format, called as the format is.

A module has a function `text`, which takes a `ReportSource` and returns the text of a file. It may
have `runs_text`, which takes those of several runs, and `SUFFIXES`, names of files beside `.NAME`
that mean it. To add a format is to add a module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from digitbench.errors import UsageError

if TYPE_CHECKING:
    from digitbench.analysis.calibration import Calibration
    from digitbench.analysis.comparison import Comparison
    from digitbench.metrics import Computed
    from digitbench.types import Images, RunRecord

FORMATS = tuple(sorted(module.name for module in iter_modules(__path__)))
"""The names of all formats."""


def _nothing_computed() -> "Computed":
    from digitbench.metrics import Computed

    return Computed()


@dataclass(frozen=True)
class ReportSource:
    """What a format may make a report of; what takes time is computed when it is asked for.

    Attributes:
        record: the run, read with its predictions.
        comparison: compares the models; raises `UsageError` if no trial succeeded.
        images: loads the test images; None if they cannot be had.
        calibrations: how far the probabilities of each model that gives them can be trusted.
        metrics: computes what the metrics of plugins are in the run.
    """

    record: "RunRecord"
    comparison: Callable[[], "Comparison"]
    images: Callable[[], "Images | None"]
    calibrations: Callable[[], "Mapping[str, Calibration | None]"]
    metrics: Callable[[], "Computed"] = _nothing_computed


def report_text(source: ReportSource, name: str) -> str:
    """Return a report as the text of a file.

    Args:
        source: what it is made of.
        name: of the format.

    Raises:
        UsageError: there is no such format, or nothing to put into tables.
    """
    text: str = import_module(f"{__name__}.{known(name)}").text(source)
    return text


def runs_text(sources: Sequence[ReportSource], name: str) -> str:
    """Return a report of several runs as the text of a file.

    Args:
        sources: what it is made of, a run each, in the order of the report.
        name: of the format.

    Raises:
        UsageError: there is no such format, it is for one run, or the runs do not go together.
    """
    write = getattr(import_module(f"{__name__}.{known(name)}"), "runs_text", None)
    if write is None:
        raise UsageError(
            f"--format {name} is for one run: name one, or choose html, md, json or csv"
        )
    text: str = write(sources)
    return text


def known(name: str) -> str:
    """Return the name of a format.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no format '{name}'; there are: {', '.join(FORMATS)}")
    return name


def of_suffix(suffix: str) -> str | None:
    """Return the format that the end of a file's name means, such as `.tex`; None if none."""
    for name in FORMATS:
        more = getattr(import_module(f"{__name__}.{name}"), "SUFFIXES", ())
        if suffix in {f".{name}", *more}:
            return name
    return None
