"""Thicker and thinner strokes, by grey-scale morphology."""

from __future__ import annotations

from itertools import product

import numpy as np

from digitbench.test_sets.imaging.pixels import to_pixels
from digitbench.types import IMAGE_SHAPE, Images

_HEIGHT, _WIDTH = IMAGE_SHAPE


def with_stroke(images: Images, added: float) -> Images:
    """Make strokes thicker or thinner.

    Dilated or eroded by discs of whole radius; between two of them the images are mixed, as the
    edge of a stroke that covers part of a pixel is grey.

    Args:
        images: uint8 `(n, 28, 28)`.
        added: to the thickness of strokes, in pixels; below 0 they get thinner.
    """
    radius = abs(added) / 2
    whole = int(radius)
    part = np.float32(radius - whole)
    thicker = added > 0
    less = _spread(images, whole, thicker=thicker)
    if not part:
        return less
    more = _spread(images, whole + 1, thicker=thicker)
    return to_pixels(less * (1 - part) + more * part)


def _spread(images: Images, radius: int, *, thicker: bool) -> Images:
    """Give each pixel the greatest value within a radius, or the least; outside is paper."""
    padded = np.pad(images, ((0, 0), (radius, radius), (radius, radius)))
    spread = images.copy()
    for down, right in product(range(-radius, radius + 1), repeat=2):
        if down * down + right * right <= radius * radius:
            row, column = radius + down, radius + right
            near = padded[:, row : row + _HEIGHT, column : column + _WIDTH]
            (np.maximum if thicker else np.minimum)(spread, near, out=spread)
    return spread
