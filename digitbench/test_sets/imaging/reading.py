"""New images whose pixels are read at other places of the old ones: moved, turned, resized."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitbench.types import IMAGE_SHAPE, Images

CENTRE = 13.5
"""The middle of an image, in pixels from the first pixel's centre."""

_SIDE = IMAGE_SHAPE[0]
_PARTS = 256  # places are whole multiples of 1/256 pixel, so that sums are exact
_BLOCK = 1_000  # images at once, so that what is worked on stays in the processor's cache


def transformed(images: Images, matrix: ArrayLike) -> Images:
    """Read each pixel at the place that a matrix gives, seen from the image's centre.

    Args:
        images: uint8 `(n, 28, 28)`.
        matrix: `(2, 2)`: applied to a pixel's column and row, the column and row to read at; the
            inverse, therefore, of what happens to the ink.

    Returns:
        New images; values between pixels are interpolated linearly, what lies outside is 0.
    """
    rows, columns = np.indices(IMAGE_SHAPE) - CENTRE
    (a, b), (c, d) = np.asarray(matrix, np.float64).tolist()
    return _read(images, c * columns + d * rows + CENTRE, a * columns + b * rows + CENTRE)


def moved(images: Images, down: int, right: int) -> Images:
    """Move the ink by whole pixels; what comes from outside an image is 0."""
    rows, columns = np.indices(IMAGE_SHAPE, np.float64)
    return _read(images, rows - down, columns - right)


def _read(images: Images, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Images:
    """Read at places `(28, 28)` in pixels, in whole numbers alone."""
    top, down = np.divmod(np.rint(rows.ravel() * _PARTS).astype(np.int32), _PARTS)
    left, right = np.divmod(np.rint(columns.ravel() * _PARTS).astype(np.int32), _PARTS)
    neighbours = [
        (_index(top, left), (_PARTS - down) * (_PARTS - right)),
        (_index(top, left + 1), (_PARTS - down) * right),
        (_index(top + 1, left), down * (_PARTS - right)),
        (_index(top + 1, left + 1), down * right),
    ]
    changed = np.empty_like(images)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK].reshape(-1, _SIDE * _SIDE)
        pixels = np.zeros((_SIDE * _SIDE + 1, len(block)), np.int32)  # the last one is outside
        pixels[:-1] = block.T
        total = np.full((_SIDE * _SIDE, len(block)), _PARTS * _PARTS // 2, np.int32)
        for index, weight in neighbours:
            if weight.any():
                total += pixels[index] * weight[:, None]
        changed[start : start + _BLOCK] = (total >> 16).T.reshape(-1, *IMAGE_SHAPE)
    return changed


def _index(rows: NDArray[np.int32], columns: NDArray[np.int32]) -> NDArray[np.int32]:
    inside = (rows >= 0) & (rows < _SIDE) & (columns >= 0) & (columns < _SIDE)
    return np.where(inside, rows * _SIDE + columns, _SIDE * _SIDE)
