"""Random numbers of an image: they follow from its pixels and a key, and from nothing else.

So an image is changed in the same way alone or among others, in any order and by any number of
processes. Images that are alike to the last pixel get the same numbers. The numbers are the output
of the hash function SHAKE-128 (FIPS 202), which no version of a library can change.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import shake_128

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Images

Words = NDArray[np.uint16]
"""Random numbers, uint16, each value from 0 to 65,535 as likely as any other."""

WORDS = 1 << 16
"""How many values a word has."""

_BLOCK = 2_000  # images at once


@dataclass(frozen=True, eq=False)
class Draws:
    """Random numbers for images.

    Attributes:
        images: uint8 `(n, 28, 28)`.
        key: what they are for; other keys give other numbers.
    """

    images: Images
    key: str

    def words(self, use: str, *shape: int) -> Words:
        """Return random words for each image, uint16 `(n, *shape)`.

        Args:
            use: tells these numbers from others of the same key.
            shape: how many for an image.
        """
        start, size = self._start(use), 2 * math.prod(shape)
        drawn = bytearray()
        for image in self.images:
            drawn += shake_128(start + image.tobytes()).digest(size)
        return np.frombuffer(drawn, "<u2").astype(np.uint16).reshape(-1, *shape)

    def choices(self, use: str, count: int) -> NDArray[np.intp]:
        """Choose one of `count` things for each image, `(n,)` from 0 to `count - 1`."""
        return below(self.words(use, 1)[:, 0], count)

    def shared_words(self, use: str, *shape: int) -> Words:
        """Return random words of the key alone, the same whatever the images, uint16 `shape`."""
        drawn = shake_128(self._start(use)).digest(2 * math.prod(shape))
        return np.frombuffer(drawn, "<u2").astype(np.uint16).reshape(shape)

    def _start(self, use: str) -> bytes:
        return f"digitbench/{self.key}/{use}\n".encode()


def changed(images: Images, key: str, change: Callable[[Images, Draws], Images]) -> Images:
    """Change images, some at once, so that memory is bounded; each changes as it would alone.

    Args:
        images: uint8 `(n, 28, 28)`; never altered.
        key: of the random numbers.
        change: changes images, with their random numbers, each by itself.

    Returns:
        New images, uint8 `(n, 28, 28)`.
    """
    new = np.empty_like(images)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK]
        new[start : start + _BLOCK] = change(block, Draws(block, key))
    return new


def below(words: Words, count: int) -> NDArray[np.intp]:
    """Turn words into whole numbers from 0 to `count - 1`, alike in frequency to 1 in 65,536."""
    return words.astype(np.intp) * count // WORDS
