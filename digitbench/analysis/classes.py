"""Digit by digit: how well a model tells each, and what it takes for what."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.summary import FRACTION, Spread, spread
from digitbench.analysis.votes import Votes, votes
from digitbench.types import NUM_CLASSES


@dataclass(frozen=True)
class DigitFigures:
    """How well one digit is told, over the trials of a model.

    Attributes:
        digit: the digit.
        support: number of its test images.
        recall: fraction of its images that are taken for it: the accuracy on this digit.
        precision: fraction of the images taken for it that are of it, over the trials that take
            an image for it; None if none does.
        f1: harmonic mean of the two, 2 TP / (2 TP + FP + FN), which exists in every trial.
    """

    digit: int
    support: int
    recall: Spread
    precision: Spread | None
    f1: Spread


@dataclass(frozen=True, eq=False)
class Cell:
    """The images of one digit that are taken for another, by how often.

    Attributes:
        true, predicted: the digits.
        images: their places in the test set, those most often mistaken first, `(n,)`.
        trials: in how many trials each is, `(n,)`.
    """

    true: int
    predicted: int
    images: NDArray[np.intp]
    trials: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ClassFigures:
    """A model digit by digit.

    Attributes:
        label: the model's label.
        digits: the figures by digit; None for a digit of which there is no test image.
        confusion: mean number of images over trials, by the right digit (rows) and the predicted
            one, float64 `(10, 10)`; the sum is the number of test images.
        cells: the mistakes by right and predicted digit; cells without an image are left out.
    """

    label: str
    digits: tuple[DigitFigures | None, ...]
    confusion: NDArray[np.float64]
    cells: Mapping[tuple[int, int], Cell]


def class_figures(outcomes: Outcomes) -> ClassFigures:
    """Return a model's figures digit by digit, each over its trials."""
    per_trial = confusions(outcomes)
    return ClassFigures(
        label=outcomes.label,
        digits=tuple(_digit_figures(per_trial, digit) for digit in range(NUM_CLASSES)),
        confusion=per_trial.mean(axis=0),
        cells=_cells(outcomes, votes(outcomes)),
    )


def confusions(outcomes: Outcomes) -> NDArray[np.int64]:
    """Return the confusion matrix of each trial, rows by the right digit, `(n_trials, 10, 10)`."""
    cells = outcomes.labels.astype(np.intp) * NUM_CLASSES
    counts = [np.bincount(cells + row, minlength=NUM_CLASSES**2) for row in outcomes.rows]
    return np.reshape(counts, (len(counts), NUM_CLASSES, NUM_CLASSES))


def _digit_figures(confusions: NDArray[np.int64], digit: int) -> DigitFigures | None:
    right = confusions[:, digit, digit]
    support = int(confusions[0, digit].sum())
    taken = confusions[:, :, digit].sum(axis=1)
    if not support:
        return None
    precisions = right[taken > 0] / taken[taken > 0]
    return DigitFigures(
        digit=digit,
        support=support,
        recall=spread((right / support).tolist(), within=FRACTION),
        precision=spread(precisions.tolist(), within=FRACTION) if len(precisions) else None,
        f1=spread((2 * right / (support + taken)).tolist(), within=FRACTION),
    )


def _cells(outcomes: Outcomes, counts: Votes) -> dict[tuple[int, int], Cell]:
    """Collect the mistakes by cell, the most frequent images first."""
    images, predicted = np.nonzero(counts)
    true = outcomes.labels[images].astype(np.intp)
    trials = counts[images, predicted]
    order = np.lexsort((images, -trials, predicted, true))
    order = order[true[order] != predicted[order]]
    cell_of = true[order] * NUM_CLASSES + predicted[order]
    starts = np.flatnonzero(np.diff(cell_of, prepend=-1))
    cells = {}
    for part in np.split(order, starts[1:]) if len(order) else ():
        key = (int(true[part[0]]), int(predicted[part[0]]))
        cells[key] = Cell(*key, images[part], trials[part])
    return cells
