"""How often the trials of a model take each image for each digit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError
from digitbench.types import NUM_CLASSES, Labels

Votes = NDArray[np.int64]
"""Numbers of trials by image and digit, `(n_images, 10)`."""


def votes(outcomes: Outcomes) -> Votes:
    """Count the trials of a model that take each image for each digit."""
    images = len(outcomes.labels)
    cells = np.arange(images) * NUM_CLASSES + outcomes.predictions
    counts = np.bincount(cells.ravel(), minlength=images * NUM_CLASSES)
    return counts.reshape(images, NUM_CLASSES)


def modal(predictions: Labels) -> Labels:
    """Return the most frequent digit of each column, uint8 `(n_images,)`.

    Among digits that are equally frequent, the one whose row comes first wins.

    Args:
        predictions: uint8 `(n_rows, n_images)`: the trials of a model in their order, or models in
            the order in which they are trusted.
    """
    images = np.arange(predictions.shape[1])
    counts = np.zeros((len(images), NUM_CLASSES), np.int64)
    for row in predictions:
        counts[images, row] += 1
    support = np.stack([counts[images, row] for row in predictions])
    winner: Labels = predictions[support.argmax(axis=0), images]
    return winner


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
