"""Which predictions are right, a bit each: a matrix of trials by images, and its sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Labels

_BLOCK_ROWS = 64
"""Trials that are unpacked at a time: what is looked at stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Right:
    """A matrix of trials by images.

    Attributes:
        bits: uint8 `(n_trials, ceil(n_images / 8))`, as `numpy.packbits` orders them; bits beyond
            the last image are 0.
        images: how many images there are.
    """

    bits: NDArray[np.uint8]
    images: int

    @classmethod
    def of(cls, predictions: Sequence[Labels] | NDArray[np.uint8], labels: Labels) -> Right:
        """Compare predictions with the right digits.

        Args:
            predictions: uint8 `(n_images,)` of each trial.
            labels: uint8 `(n_images,)`.
        """
        bits = np.empty((len(predictions), -(-len(labels) // 8)), np.uint8)
        for row, predicted in zip(bits, predictions, strict=True):
            row[:] = np.packbits(predicted == labels)
        return cls(bits, len(labels))

    @cached_property
    def of_trials(self) -> NDArray[np.int64]:
        """How many images each trial has right, int64 `(n_trials,)`."""
        counts: NDArray[np.int64] = np.bitwise_count(self.bits).sum(axis=1, dtype=np.int64)
        return counts

    @cached_property
    def of_images(self) -> NDArray[np.int64]:
        """How many trials have each image right, int64 `(n_images,)`."""
        counts = np.zeros(self.images, np.int64)
        for block in self.blocks():
            counts += block.view(np.uint8).sum(axis=0, dtype=np.uint8)  # 64 at most
        return counts

    def blocks(self) -> Iterator[NDArray[np.bool_]]:
        """Yield the matrix, some trials at a time, bool `(n_rows, n_images)`."""
        for start in range(0, len(self.bits), _BLOCK_ROWS):
            block = self.bits[start : start + _BLOCK_ROWS]
            yield np.unpackbits(block, axis=1, count=self.images).view(np.bool_)

    def matrix(self) -> NDArray[np.bool_]:
        """Return the whole matrix, bool `(n_trials, n_images)`."""
        return np.unpackbits(self.bits, axis=1, count=self.images).view(np.bool_)

    def rows(self, chosen: Sequence[int]) -> Right:
        """Return the matrix of some trials, by their positions, in the order given."""
        if list(chosen) == list(range(len(self.bits))):
            return self  # with the sums that are known
        return Right(self.bits[list(chosen)], self.images)

    def differing(self, other: Right) -> int:
        """Count the cells in which two matrices of equal shape differ."""
        return int(np.bitwise_count(self.bits ^ other.bits).sum(dtype=np.int64))
