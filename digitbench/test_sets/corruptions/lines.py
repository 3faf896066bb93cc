"""Corruptions by a pen: dotted lines and zigzags across the image."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitbench.test_sets.imaging.draws import Draws, below
from digitbench.test_sets.imaging.pixels import to_pixels
from digitbench.types import IMAGE_SHAPE, Images

_SIDE = IMAGE_SHAPE[0]
_STARTS = 27  # rows that a line may begin in, of 28
_DOT = 2
_ZIG = 2.0
_FIRST, _LAST = 2, 25  # columns that a zigzag begins and ends in
_LEAST_RISE, _RISES = -5, 10

Masks = NDArray[np.float64]
"""Ink of lines, from 0 to 1, `(k, 28, 28)`."""


class Pen(NamedTuple):
    """Parameters of the lines.

    Attributes:
        lines: how many.
        reach: up and down from a line's middle, in pixels; at 0.63 of it the ink has faded to 0.
    """

    lines: int
    reach: float


def dotted_line(images: Images, draws: Draws, pen: Pen) -> Images:
    """Draw dotted lines from the left edge to the right, which begin and end in drawn rows."""
    begin, end = np.divmod(np.arange(_STARTS**2, dtype=np.float64), _STARTS)
    masks = _segment(0, begin, _SIDE - 1, end, pen.reach)
    masks[:, :, np.arange(_SIDE) // _DOT % 2 == 0] = 0
    return _drawn(images, draws, pen.lines, masks)


def zigzag(images: Images, draws: Draws, pen: Pen) -> Images:
    """Draw zigzags from left to right, which begin in a drawn row and rise or fall as drawn."""
    masks = np.concatenate(
        [_zigzags(rise, pen.reach) for rise in range(_LEAST_RISE, _LEAST_RISE + _RISES)]
    )
    return _drawn(images, draws, pen.lines, masks)


def _drawn(images: Images, draws: Draws, lines: int, masks: Masks) -> Images:
    """Add some of the masks, drawn, to each image."""
    ink = to_pixels(masks * 255).astype(np.uint16)
    chosen = below(draws.words("lines", lines), len(masks))
    total = images.astype(np.uint16)
    for line in range(lines):
        total += ink[chosen[:, line]]
    return np.minimum(total, 255).astype(np.uint8)


def _zigzags(rise: int, reach: float) -> Masks:
    """Return the masks of zigzags from each row they may begin in, which end `rise` rows lower."""
    run = _LAST - _FIRST
    length = math.hypot(run, rise)
    turns = range(int((length - _ZIG) // (2 * _ZIG)) + 1)
    straight = [(0.0, 0.0), *((_ZIG * (2 * turn + 1), _ZIG * (-1) ** turn) for turn in turns)]
    beyond = length - 2 * _ZIG * (length // (2 * _ZIG))
    straight.append((length, straight[-1][1] / (2 * beyond)))
    cosine, sine = run / length, rise / length
    turned = [(x * cosine - y * sine + _FIRST, x * sine + y * cosine) for x, y in straight]
    begin = np.arange(_STARTS, dtype=np.float64)
    masks = np.zeros((_STARTS, *IMAGE_SHAPE))
    for (x0, y0), (x1, y1) in pairwise(turned):
        masks += _segment(x0, begin + y0, x1, begin + y1, reach)
    return np.minimum(masks, 1)


def _segment(
    x0: float, y0: NDArray[np.floating], x1: float, y1: NDArray[np.floating], reach: float
) -> Masks:
    """Return the masks of straight lines between columns `x0` and `x1`, and rows `y0` and `y1`.

    Ink fades with the vertical distance `d` from a line: it is `1 + log(1 - d / reach)`, or 0.
    """
    columns = np.arange(_SIDE)
    slope = (y1 - y0) / (x1 - x0)
    middles = slope[:, None] * (columns - x0) + y0[:, None]
    away = np.abs(np.arange(_SIDE)[:, None] - middles[:, None, :]) / reach
    ink: Masks = np.maximum(1 + np.log(1 - np.minimum(away, 0.99)), 0)
    ink[:, :, (columns < math.floor(x0)) | (columns >= math.ceil(x1))] = 0
    return ink
