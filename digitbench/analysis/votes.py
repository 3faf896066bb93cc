"""How often the trials of a model take each image for each digit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError
from digitbench.types import NUM_CLASSES, Labels

Votes = NDArray[np.int64]
"""Numbers of trials by image and digit, `(n_images, 10)`."""


_BLOCK_ROWS = 64
"""Trials that are counted at a time: what is worked on stays in the processor's cache."""


def votes(outcomes: Outcomes) -> Votes:
    """Count the trials of a model that take each image for each digit."""
    return _counted(outcomes.predictions)


def modal(predictions: Labels) -> Labels:
    """Return the most frequent digit of each column, uint8 `(n_images,)`.

    Among digits that are equally frequent, the one whose row comes first wins.

    Args:
        predictions: uint8 `(n_rows, n_images)`: the trials of a model in their order, or models in
            the order in which they are trusted.
    """
    counts = _counted(predictions)
    winner: Labels = counts.argmax(axis=1).astype(np.uint8)
    most = counts == counts.max(axis=1, keepdims=True)
    tied = np.flatnonzero(most.sum(axis=1) > 1)
    among = predictions[:, tied]
    first = most[tied, among].argmax(axis=0)
    winner[tied] = among[first, np.arange(len(tied))]
    return winner


def _counted(predictions: Labels) -> Votes:
    """Count the rows of predictions, uint8 `(n_rows, n_images)`, by image and digit."""
    images = predictions.shape[1]
    cells = np.arange(images) * NUM_CLASSES
    counts = np.zeros(images * NUM_CLASSES, np.int64)
    for start in range(0, len(predictions), _BLOCK_ROWS):
        block = cells + predictions[start : start + _BLOCK_ROWS]
        counts += np.bincount(block.ravel(), minlength=len(counts))
    return counts.reshape(images, NUM_CLASSES)


def missed(counts: Sequence[Votes], labels: Labels) -> NDArray[np.float64]:
    """Return the fraction of all trials that miss each image."""
    together = np.sum(counts, axis=0)
    trials = together.sum(axis=1)
    wrong = trials - together[np.arange(len(labels)), labels]
    fractions: NDArray[np.float64] = wrong / trials
    return fractions


def check_same_images(models: Sequence[Outcomes]) -> None:
    """Refuse models whose images cannot be set side by side.

    Raises:
        UsageError: they are of different data.
    """
    for other in models[1:]:
        same = other.dataset.fingerprint == models[0].dataset.fingerprint
        if not same or not np.array_equal(other.labels, models[0].labels):
            raise UsageError(
                f"{models[0].label} and {other.label} are of different data: "
                "their images cannot be compared"
            )
