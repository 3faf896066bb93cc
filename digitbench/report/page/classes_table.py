"""Digit by digit: how well each model tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.classes import ClassFigures, DigitFigures
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.types import NUM_CLASSES


@dataclass(frozen=True)
class DigitCells:
    """A digit by one model, in percent; `worst` if the model tells no other digit worse."""

    precision: str
    recall: str
    f1: str
    worst: bool


@dataclass(frozen=True, eq=False)
class ClassesTable:
    """The table: its models, and a row for each digit.

    Attributes:
        models: in the order of the columns.
        rows: the digit, the number of its test images, and a cell for each model.
    """

    models: tuple[Model, ...]
    rows: tuple[tuple[int, int, tuple[DigitCells, ...]], ...]


def classes_table(models: Sequence[Model], found: Sequence[ClassFigures]) -> ClassesTable:
    """Return the table.

    Args:
        models: at least one.
        found: the figures of each.
    """
    columns = [figures.digits for figures in found]
    rows = []
    for digit in range(NUM_CLASSES):
        figures = [column[digit] for column in columns]
        support = figures[0].support if figures[0] else 0
        cells = (_cells(cell, column) for cell, column in zip(figures, columns, strict=True))
        rows.append((digit, support, tuple(cells)))
    return ClassesTable(tuple(models), tuple(rows))


def _cells(figures: DigitFigures | None, column: Sequence[DigitFigures | None]) -> DigitCells:
    if figures is None:
        return DigitCells(formatting.ABSENT, formatting.ABSENT, formatting.ABSENT, worst=False)
    worst = min(other.f1.mean for other in column if other)
    return DigitCells(
        precision=formatting.percent(figures.precision.mean if figures.precision else None),
        recall=formatting.percent(figures.recall.mean),
        f1=formatting.percent(figures.f1.mean),
        worst=figures.f1.mean == worst,
    )
