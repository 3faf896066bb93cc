"""Confusion matrices whose cells lead to the images in them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from digitbench.analysis.classes import Cell, ClassFigures
from digitbench.report.page.gallery import Picture, picture
from digitbench.report.page.models import Model
from digitbench.report.page.sprite import Sprite
from digitbench.types import NUM_CLASSES

_SHOWN = 24
"""Images of a cell that are shown."""
_OFTEN = 3
"""Cells that are named as the most frequent mistakes."""


@dataclass(frozen=True)
class ConfusionCell:
    """A field of the matrix.

    Attributes:
        text: mean number of images over trials; empty for none.
        shade: how strong its background is, 0 to 1.
        link: id of its images; None on the diagonal and where there are none.
        words: what it says, for who does not see the table's headers.
    """

    text: str
    shade: float
    link: str | None
    words: str


@dataclass(frozen=True, eq=False)
class Mistake:
    """The images of a cell.

    Attributes:
        id: what the cell links to.
        true, predicted: the digits.
        text: mean number of images over trials.
        pictures: the first of them, with the number of trials that make the mistake, as text.
        left_out: how many more there are.
    """

    id: str
    true: int
    predicted: int
    text: str
    pictures: tuple[tuple[Picture, str], ...]
    left_out: int


@dataclass(frozen=True, eq=False)
class Confusion:
    """A model's matrix: rows by the right digit, columns by the predicted one."""

    model: Model
    rows: tuple[tuple[ConfusionCell, ...], ...]
    mistakes: tuple[Mistake, ...]
    most_frequent: tuple[Mistake, ...]


def confusion(model: Model, figures: ClassFigures, sprite: Sprite) -> Confusion:
    """Return the matrix of a model."""
    trials = len(model.succeeded.outcomes.trials)
    wrong = figures.confusion * ~np.eye(NUM_CLASSES, dtype=bool)
    most = float(wrong.max()) or 1.0
    rows = tuple(
        tuple(
            _entry(model, true, predicted, float(figures.confusion[true, predicted]), most)
            for predicted in range(NUM_CLASSES)
        )
        for true in range(NUM_CLASSES)
    )
    mistakes = {
        key: _mistake(model, cell, float(figures.confusion[key]), trials, sprite)
        for key, cell in figures.cells.items()
    }
    often = sorted(mistakes, key=lambda key: -float(figures.confusion[key]))[:_OFTEN]
    return Confusion(
        model=model,
        rows=rows,
        mistakes=tuple(mistakes.values()),
        most_frequent=tuple(mistakes[key] for key in often),
    )


def mean_count(value: float) -> str:
    """Write a mean number of images: with one decimal if it is small; `<0.1` for less."""
    if value and value < 0.1:  # noqa: PLR2004
        return "<0.1"
    whole = value >= 100 or value == round(value)  # noqa: PLR2004
    return f"{value:,.0f}" if whole else f"{value:.1f}"


def _entry(model: Model, true: int, predicted: int, value: float, most: float) -> ConfusionCell:
    if true == predicted or not value:
        return ConfusionCell(mean_count(value) if value else "", 0.0, None, "")
    words = f"{true} misclassified as {predicted}: {mean_count(value)}, show the images"
    return ConfusionCell(
        mean_count(value), round(sqrt(value / most), 2), _id(model, true, predicted), words
    )


def _mistake(model: Model, cell: Cell, mean: float, trials: int, sprite: Sprite) -> Mistake:
    shown = list(zip(cell.images.tolist(), cell.trials.tolist(), strict=True))[:_SHOWN]
    return Mistake(
        id=_id(model, cell.true, cell.predicted),
        true=cell.true,
        predicted=cell.predicted,
        text=mean_count(mean),
        pictures=tuple(
            (picture(index, cell.true, sprite), "" if often == trials else f"{often}/{trials}")
            for index, often in shown
        ),
        left_out=len(cell.images) - len(shown),
    )


def _id(model: Model, true: int, predicted: int) -> str:
    return f"m{model.number}-{true}-{predicted}"
