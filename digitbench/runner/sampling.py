"""Draws the training images of a trial that does not get all of them."""

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Split, TrainingSample


def training_set(train: Split, sample: TrainingSample | None) -> Split:
    """Return the images that a trial is trained on.

    They keep the order they have in the data set, those drawn several times side by side. So a
    sample of all images is the data set itself, and what differs between samples is what they
    hold, not how it is arranged.

    Args:
        train: the run's training images.
        sample: which of them; None for all, which are then returned themselves.
    """
    if sample is None:
        return train
    drawn = drawn_indices(len(train), sample)
    return Split(train.images[drawn], train.labels[drawn])


def drawn_indices(images: int, sample: TrainingSample) -> NDArray[np.intp]:
    """Return which of so many images a sample holds, intp `(sample.size(images),)`, ascending."""
    rng = np.random.default_rng(sample.seed)
    size = sample.size(images)
    if sample.method == "bootstrap":
        drawn = rng.integers(0, images, size)
    else:
        drawn = rng.choice(images, size, replace=False, shuffle=False)
    return np.sort(drawn).astype(np.intp)
