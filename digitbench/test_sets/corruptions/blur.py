"""Corruptions of the view: through frosted glass, and with a moving camera."""

import math
from typing import NamedTuple

import numpy as np

from digitbench.test_sets.imaging.draws import Draws
from digitbench.test_sets.imaging.pixels import changed_by_choice
from digitbench.test_sets.imaging.smoothing import WHOLE, smoothed_down, whole_weights
from digitbench.types import IMAGE_SHAPE, Images

_SIDE = IMAGE_SHAPE[0]
_ANGLES = 90


class Glass(NamedTuple):
    """Parameters of `glass_blur`.

    Attributes:
        sigma: of the smoothing before and after, in pixels.
        reach: how far pixels are swapped, in pixels.
        rounds: how often.
    """

    sigma: float
    reach: int
    rounds: int


def glass_blur(images: Images, draws: Draws, glass: Glass) -> Images:
    """Smooth, swap pixels with near ones, and smooth again.

    As in MNIST-C the smoothing is along columns alone: its code takes the last axis of a grey image
    for colours. Pixels are visited from the last to the first; each is swapped with a chance of one
    half, with one at most `reach` before and less than `reach` behind it in either direction.
    """
    visited = range(_SIDE - glass.reach, glass.reach, -1)
    draws_each = glass.rounds * len(visited) ** 2
    words = np.ascontiguousarray(draws.words("swaps", draws_each).T).astype(np.int32)
    swapped = words & 1 == 1
    down = (words >> 1 & 127) % (2 * glass.reach) - glass.reach
    right = (words >> 8) % (2 * glass.reach) - glass.reach
    offsets = np.where(swapped, down * _SIDE + right, 0)
    pixels = np.ascontiguousarray(_smoothed_cut(images, glass.sigma).reshape(len(images), -1).T)
    image = np.arange(len(images))
    steps = iter(offsets)
    for _ in range(glass.rounds):
        for row in visited:
            for column in visited:
                place = row * _SIDE + column
                other = place + next(steps)
                here = pixels[place].copy()
                pixels[place] = pixels[other, image]
                pixels[other, image] = here
    return _smoothed_cut(pixels.T.reshape(images.shape), glass.sigma)


def _smoothed_cut(images: Images, sigma: float) -> Images:
    return (smoothed_down(images, sigma) // WHOLE).astype(np.uint8)


class Motion(NamedTuple):
    """Parameters of `motion_blur`.

    Attributes:
        radius: half of how far ink is smeared at most, in pixels.
        sigma: of the half Gaussian that it fades with, in pixels.
    """

    radius: int
    sigma: float


def motion_blur(images: Images, draws: Draws, motion: Motion) -> Images:
    """Smear the ink to the left, at one of 90 angles from -44.5 to 44.5 degrees, drawn.

    The kernel is that of ImageMagick: a half Gaussian on whole pixels along the direction. Beyond
    the edge an image goes on as its last pixels.
    """
    width = 2 * motion.radius + 1
    fading = [math.exp(-0.5 * (step / motion.sigma) ** 2) for step in range(width)]
    weights = whole_weights(fading, 0)
    rows, columns = np.indices(IMAGE_SHAPE)

    def smeared(chosen: Images, choice: int) -> Images:
        angle = math.radians(choice - (_ANGLES - 1) / 2)
        pixels = np.ascontiguousarray(chosen.reshape(-1, _SIDE * _SIDE).T).astype(np.int32)
        total = np.full_like(pixels, WHOLE // 2)
        for step, weight in enumerate(weights):
            down = math.ceil(step * math.sin(angle) - 0.5)
            right = math.ceil(step * math.cos(angle) - 0.5)
            row = np.clip(rows + down, 0, _SIDE - 1)
            column = np.clip(columns + right, 0, _SIDE - 1)
            total += weight * pixels[(row * _SIDE + column).ravel()]
        return (total >> 16).T.reshape(chosen.shape).astype(np.uint8)

    return changed_by_choice(images, draws.choices("angle", _ANGLES), smeared)
