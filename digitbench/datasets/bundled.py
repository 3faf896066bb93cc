"""The bundled data set: scikit-learn's 1,797 digits, which need no network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from digitbench.datasets.cache import load_cached
from digitbench.datasets.source import Source
from digitbench.types import NUM_CLASSES, DataContext, Dataset, Images, Labels, Split

DIGITS_FINGERPRINT = "7a917b4782e96adc1eab1c9971953348dcc38305c654066afa4bbe39548aa941"
"""Fingerprint of the data set as `DigitsLoader` makes it."""

_SCALE = 3
_MARGIN = 2
_MAX_VALUE = 16
_TEST_EVERY = 5


@dataclass(frozen=True)
class DigitsLoader:
    """Makes MNIST-like images of scikit-learn's 8x8 digits.

    Attributes:
        name: the data set's name.
    """

    name: str

    def __call__(self, context: DataContext) -> Dataset:
        """Load the data set, from the cache if it was made before."""
        (source,) = self.sources(context)
        return load_cached(context.cache_dir, self.name, source)

    def sources(self, context: DataContext) -> list[Source]:
        """Return the one source there is, which needs no files."""
        return [
            Source(
                where="bundled with scikit-learn",
                key="scikit-learn's digits",
                version=DIGITS_FINGERPRINT,
                read=_make_digits,
            )
        ]

    def where_otherwise(self, context: DataContext) -> str:
        """Say where the data set would come from if there is no copy of it."""
        return "bundled with scikit-learn"


def enlarge(small: Images) -> Images:
    """Bring 8x8 images to MNIST's shape and range.

    Each pixel becomes a square of 3x3, with a margin of 2 pixels around all, and 0 to 16 becomes
    0 to 255: the nearest integer to v * 255 / 16, in integer arithmetic, so that no version of
    any library can change it.

    Args:
        small: uint8 `(n, 8, 8)` with values 0 to 16.

    Returns:
        uint8 `(n, 28, 28)`.
    """
    scaled = (small.astype(np.uint16) * 255 + _MAX_VALUE // 2) // _MAX_VALUE
    large = scaled.astype(np.uint8).repeat(_SCALE, axis=1).repeat(_SCALE, axis=2)
    return np.pad(large, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))


def is_test(labels: Labels) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Mark every fifth image of each class as a test image, without any randomness.

    Args:
        labels: uint8 `(n,)`.

    Returns:
        bool `(n,)`.
    """
    chosen = np.zeros(len(labels), bool)
    for digit in range(NUM_CLASSES):
        chosen[np.flatnonzero(labels == digit)[_TEST_EVERY - 1 :: _TEST_EVERY]] = True
    return chosen


def _make_digits() -> tuple[Split, Split]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = enlarge(bunch.images.astype(np.uint8))
    labels = bunch.target.astype(np.uint8)
    test = is_test(labels)
    return Split(images[~test], labels[~test]), Split(images[test], labels[test])
