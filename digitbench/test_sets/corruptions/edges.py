"""The corruption that leaves only edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitbench.test_sets.imaging.draws import Draws
from digitbench.test_sets.imaging.pixels import to_pixels
from digitbench.test_sets.imaging.smoothing import smoothed
from digitbench.types import Images

_LOW, _HIGH = 0.1, 0.2
"""Thresholds of Canny's hysteresis, of white, as scikit-image has them."""

Values = NDArray[np.float64]


class Edges(NamedTuple):
    """Parameters of `canny_edges`.

    Attributes:
        share: of the edges in what is shown; the rest is the image.
        sigma: of the smoothing before edges are found, in pixels.
    """

    share: float
    sigma: float


def canny_edges(images: Images, draws: Draws, edges: Edges) -> Images:
    """Show the edges that Canny's method finds, white on black; nothing is drawn."""
    del draws
    found = canny(images, edges.sigma) * np.float32(255 * edges.share)
    return to_pixels(found + images * np.float32(1 - edges.share))


def canny(images: Images, sigma: float) -> NDArray[np.bool_]:
    """Find edges by the method of Canny (1986).

    Args:
        images: uint8 `(n, 28, 28)`.
        sigma: of the smoothing, in pixels.

    Returns:
        bool `(n, 28, 28)`; never in the outermost pixels.
    """
    values = smoothed(images, sigma) / (255 * 2.0**32)
    across, down = _gradient(values), _gradient(values.transpose(0, 2, 1)).transpose(0, 2, 1)
    slope = np.sqrt(across * across + down * down)
    crest = _is_crest(slope, across, down) & (slope >= _LOW)
    return _joined(crest, crest & (slope >= _HIGH))


def _gradient(values: Values) -> Values:
    """Return Sobel's difference along the last axis, 0 at the edges of the image."""
    mixed = np.zeros_like(values)
    mixed[:, 1:-1] = values[:, :-2] + 2 * values[:, 1:-1] + values[:, 2:]
    gradient = np.zeros_like(values)
    gradient[:, 1:-1, 1:-1] = mixed[:, 1:-1, 2:] - mixed[:, 1:-1, :-2]
    return gradient


def _is_crest(slope: Values, across: Values, down: Values) -> NDArray[np.bool_]:
    """Tell where the slope is no less than at the two places one step along the gradient.

    A step ends between two of the eight neighbours, where values are interpolated linearly.
    """
    steep = np.abs(down) >= np.abs(across)
    longer, shorter = np.where(steep, down, across), np.where(steep, across, down)
    with np.errstate(invalid="ignore"):
        aside = np.abs(shorter / longer)
    aside[longer == 0] = 0
    same_sign = (across >= 0) == (down >= 0)
    padded = np.pad(slope, ((0, 0), (1, 1), (1, 1)))

    def beside(rows: int, columns: int) -> Values:
        return padded[:, 1 + rows : 29 + rows, 1 + columns : 29 + columns]

    crest = np.ones(slope.shape, bool)
    for way in (1, -1):
        straight = np.where(steep, beside(way, 0), beside(0, way))
        slanted = np.where(
            same_sign,
            beside(way, way),
            np.where(steep, beside(way, -way), beside(-way, way)),
        )
        crest &= slope >= slanted * aside + straight * (1 - aside)
    crest[:, [0, -1], :] = crest[:, :, [0, -1]] = False
    return crest


def _joined(weak: NDArray[np.bool_], strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep what is strong, and what is weak and joined to it."""
    from scipy import ndimage

    within = np.zeros((3, 3, 3), int)
    within[1] = 1  # images do not touch each other
    parts, count = ndimage.label(weak, within)
    kept = np.zeros(count + 1, bool)
    kept[parts[strong]] = True
    kept[0] = False
    return np.asarray(kept[parts])
