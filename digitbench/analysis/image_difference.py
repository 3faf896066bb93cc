"""The images on which two models differ.

A model misses an image if its modal prediction is wrong, as in `digitbench.analysis.images`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.votes import check_same_images, missed, modal, votes


@dataclass(frozen=True)
class ChangedImage:
    """An image that one of two models misses and the other does not.

    Attributes:
        index: its place in the test set.
        label: the right digit.
        first_missed, second_missed: how many trials of each miss it.
        first_wrong, second_wrong: the most frequent wrong prediction of each, the smallest digit of
            several; None if there is none.
        change: fraction of the second's trials that miss it less that of the first's.
    """

    index: int
    label: int
    first_missed: int
    second_missed: int
    first_wrong: int | None
    second_wrong: int | None
    change: float


@dataclass(frozen=True)
class ImageDifference:
    """The images on which two models differ, the largest change first.

    Attributes:
        newly_wrong: the second misses them, the first does not.
        newly_right: the first misses them, the second does not.
    """

    newly_wrong: tuple[ChangedImage, ...]
    newly_right: tuple[ChangedImage, ...]


def image_difference(first: Outcomes, second: Outcomes) -> ImageDifference:
    """Return the images on which two models differ.

    Args:
        first: a model.
        second: another, on the same data; of the same run or of another.

    Raises:
        UsageError: they are of different data.
    """
    check_same_images((first, second))
    counts = votes(first), votes(second)
    fractions = tuple(missed([count], first.labels) for count in counts)
    change = fractions[1] - fractions[0]
    wrong = [modal(model.predictions) != model.labels for model in (first, second)]

    def changed(chosen: NDArray[np.bool_]) -> tuple[ChangedImage, ...]:
        found = np.flatnonzero(chosen)
        order = np.lexsort((found, -np.abs(change[found])))
        return tuple(
            ChangedImage(
                index=int(i),
                label=int(first.labels[i]),
                first_missed=_misses(counts[0][i], first.labels[i]),
                second_missed=_misses(counts[1][i], first.labels[i]),
                first_wrong=_usual_mistake(counts[0][i], first.labels[i]),
                second_wrong=_usual_mistake(counts[1][i], first.labels[i]),
                change=float(change[i]),
            )
            for i in found[order]
        )

    return ImageDifference(changed(wrong[1] & ~wrong[0]), changed(wrong[0] & ~wrong[1]))


def _misses(count: NDArray[np.int64], label: np.uint8) -> int:
    return int(count.sum() - count[label])


def _usual_mistake(count: NDArray[np.int64], label: np.uint8) -> int | None:
    mistakes = count.copy()
    mistakes[label] = 0
    return int(mistakes.argmax()) if mistakes.any() else None
