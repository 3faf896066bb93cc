"""Brings a digit's ink into the form of MNIST: a box of 20x20, centred in 28x28."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from digitbench.pictures.parts import stroke_width
from digitbench.types import IMAGE_SHAPE

_BOX_SIDE = 20
_CENTRE = 14.5  # MNIST's centres of mass lie in the middle of pixel 14
_THINNEST, _THICKEST = 2.0, 5.0
_THIN, _THICK = 2.4, 4.4
"""Strokes of MNIST, in pixels: from 2.1 to 4.6 for nine of ten; what is far out is set to these."""


def mnist_form(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draw a digit as MNIST's authors did.

    Args:
        ink: float32 `(height, width)` from 0 to 1, with one digit and nothing else in it.

    Returns:
        uint8 `(28, 28)`, 255 for full ink: the longer side of the digit's box has 20 pixels, and
        its centre of mass lies where MNIST's does.
    """
    ink = _usual_stroke(ink)
    rows, columns = _extent(ink.max(axis=1)), _extent(ink.max(axis=0))
    scale = max(rows[1] - rows[0], columns[1] - columns[0]) / _BOX_SIDE
    side = IMAGE_SHAPE[0] * scale
    margin = int(np.ceil(side))
    padded = np.pad(ink, margin)
    middle = ndimage.center_of_mass(padded)
    top, left = (float(place) + 0.5 - _CENTRE * scale for place in middle)
    small = Image.fromarray(padded).resize(
        IMAGE_SHAPE, Image.Resampling.HAMMING, (left, top, left + side, top + side)
    )
    return np.asarray(np.rint(np.clip(np.asarray(small), 0, 1) * 255), np.uint8)


def _extent(profile: NDArray[np.float32]) -> tuple[float, float]:
    """Return where ink begins and ends along one direction, to parts of a pixel."""
    inked = np.flatnonzero(profile >= 0.5 * profile.max())
    return float(inked[0]), float(inked[-1]) + 1


def _usual_stroke(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make strokes thicker or thinner that are far out of MNIST's range."""
    mask = ink > 0.5 * ink.max()
    rows, columns = _extent(ink.max(axis=1)), _extent(ink.max(axis=0))
    scale = max(rows[1] - rows[0], columns[1] - columns[0]) / _BOX_SIDE
    stroke = stroke_width(mask) / scale
    if _THINNEST <= stroke <= _THICKEST:
        return ink
    wanted = _THIN if stroke < _THINNEST else _THICK
    change = (wanted - stroke) * scale / 2
    radius = round(abs(change))
    if radius == 0:
        return ink
    disc = np.hypot(*np.mgrid[-radius : radius + 1, -radius : radius + 1]) <= radius + 0.3
    if change > 0:
        return np.asarray(ndimage.grey_dilation(np.pad(ink, radius), footprint=disc))
    thinner = ndimage.grey_erosion(ink, footprint=disc)
    return np.asarray(thinner) if thinner.max() > 0.5 * ink.max() else ink
