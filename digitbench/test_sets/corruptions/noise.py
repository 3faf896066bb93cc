"""Corruptions of single pixels: few photons, dead pixels, and too much light."""

import math

import numpy as np
from numpy.typing import NDArray

from digitbench.test_sets.imaging.draws import WORDS, Draws
from digitbench.test_sets.imaging.pixels import to_pixels
from digitbench.types import IMAGE_SHAPE, Images

_WHITE = 255


def shot_noise(images: Images, draws: Draws, photons: int) -> Images:
    """Count photons: a Poisson number for each pixel.

    Args:
        images: uint8 `(n, 28, 28)`.
        draws: the images' random numbers.
        photons: how many a white pixel gives on average; more than that are as white.
    """
    noisy = np.zeros(images.size, np.uint8)
    words = draws.words("photons", *IMAGE_SHAPE).ravel()
    values = images.ravel()
    inked = np.flatnonzero(values)
    inked = inked[np.argsort(values[inked], kind="stable")]
    ends = np.cumsum(np.bincount(values[inked], minlength=_WHITE + 1)).tolist()
    shown = to_pixels(np.arange(photons + 1) / photons * _WHITE)
    for value in range(1, _WHITE + 1):
        alike = inked[ends[value - 1] : ends[value]]
        if len(alike):
            thresholds = _poisson_thresholds(value * photons / _WHITE, photons)
            noisy[alike] = shown[np.searchsorted(thresholds, words[alike], side="right")]
    return noisy.reshape(images.shape)


def _poisson_thresholds(mean: float, most: int) -> NDArray[np.int64]:
    """Return, for 0 to `most - 1`, how many words mean a number that is not greater."""
    likelihood = math.exp(-mean)
    likelihoods = [likelihood]
    for number in range(1, most):
        likelihood *= mean / number
        likelihoods.append(likelihood)
    return np.asarray(np.rint(np.cumsum(likelihoods) * WORDS), np.int64)


def impulse_noise(images: Images, draws: Draws, share: float) -> Images:
    """Make a share of the pixels, drawn anew for each image, white or black with equal chance."""
    words = draws.words("pixels", *IMAGE_SHAPE)
    colour = np.where(words & 1, np.uint8(_WHITE), np.uint8(0))
    return np.where(words < round(share * WORDS), colour, images)


def brightness(images: Images, draws: Draws, added: float) -> Images:
    """Add a share of white to every pixel; nothing is drawn."""
    del draws
    return to_pixels(images + np.float32(added * _WHITE))


def stripe(images: Images, draws: Draws, width: int) -> Images:
    """Invert `width` columns at the left and as many at the right; nothing is drawn."""
    del draws
    striped = images.copy()
    striped[:, :, :width] = _WHITE - striped[:, :, :width]
    striped[:, :, -width:] = _WHITE - striped[:, :, -width:]
    return striped
