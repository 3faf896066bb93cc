"""Tiny real data, and what the checks make of them."""

from collections.abc import Collection, Iterator

import numpy as np

from digitbench.datasets.bundled import DigitsLoader
from digitbench.datasets.load import default_cache_dir
from digitbench.types import (
    IMAGE_SHAPE,
    NUM_CLASSES,
    DataContext,
    Dataset,
    Images,
    Labels,
    Split,
)

PERMUTATION = np.array([7, 4, 9, 0, 2, 8, 1, 5, 3, 6], np.uint8)
"""The digit each digit becomes when labels are permuted; none stays what it is."""

_EVERY = 2
_CONSTANT_EVERY = 50


def tiny_digits() -> Dataset:
    """Return real digits for quick tests: every other image of the bundled data set.

    They are scikit-learn's, in the shape and range of MNIST's: uint8 `(n, 28, 28)`, 721 training
    and 178 test images of all ten digits. They need no network.
    """
    digits = DigitsLoader("digits")(DataContext(default_cache_dir(), offline=True))
    train, test = (split.part(slice(None, None, _EVERY)) for split in (digits.train, digits.test))
    return Dataset("tiny-digits", train, test, f"every other image of {digits.source}")


def repeated(split: Split, times: int) -> Split:
    """Return the images of a split several times over."""
    return Split(np.tile(split.images, (times, 1, 1)), np.tile(split.labels, times))


def mislabelled(split: Split) -> Split:
    """Return the images with labels that say nothing: none is right.

    The images of each digit get the nine other digits in turn, so that each is as frequent as the
    next. With labels drawn at random, a digit's images would now and then get more right labels
    than any other, and a model that learns from them would do better than chance.
    """
    labels = split.labels.copy()
    for digit in range(NUM_CLASSES):
        own = np.flatnonzero(split.labels == digit)
        labels[own] = (digit + 1 + np.arange(len(own)) % (NUM_CLASSES - 1)) % NUM_CLASSES
    return Split(split.images, labels)


def permuted(labels: Labels) -> Labels:
    """Return the labels with each digit's name changed to another's."""
    renamed: Labels = PERMUTATION[labels]
    return renamed


def without(split: Split, digits: Collection[int]) -> Split:
    """Return the images of all digits but some."""
    kept = ~np.isin(split.labels, list(digits))
    return split.part(kept)


def with_constant_images(split: Split) -> Split:
    """Return the images with every fiftieth blank, and the one after it all ink."""
    images = split.images.copy()
    images[::_CONSTANT_EVERY] = 0
    images[1::_CONSTANT_EVERY] = 255
    return Split(images, split.labels)


def other_looks(images: Images) -> Iterator[Images]:
    """Yield the images in negative, which are many, then fewer of them faint, then some noise."""
    yield 255 - images
    yield images[: len(images) // 10] // 3
    yield np.random.default_rng(0).integers(0, 256, (3, *IMAGE_SHAPE), np.uint8)


def writeable(split: Split) -> Split:
    """Return a copy whose arrays can be written to, unlike those of a run."""
    copy = Split(split.images.copy(), split.labels.copy())
    copy.images.flags.writeable = True
    copy.labels.flags.writeable = True
    return copy
