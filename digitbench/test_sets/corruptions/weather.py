"""Corruptions of what lies between: fog, and drops on the lens."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitbench.test_sets.imaging.draws import WORDS, Draws, Words
from digitbench.test_sets.imaging.noise import normal
from digitbench.test_sets.imaging.pixels import to_pixels
from digitbench.test_sets.imaging.smoothing import WHOLE, smoothed
from digitbench.types import IMAGE_SHAPE, Images

_SIDE = IMAGE_SHAPE[0]
_MAP_SIDE = 256
_MAPS = 128
_MAPS_AT_ONCE = 16
_VIEWS = 8
_WHITE = np.float32(255)
_MUD = 63
_LEAST_COVER = 0.8


class Fog(NamedTuple):
    """Parameters of `fog`.

    Attributes:
        amount: of fog, in whites, before the image gets its own greatest value again.
        decay: how much smoother it is at half the distance.
    """

    amount: float
    decay: float


def fog(images: Images, draws: Draws, fog: Fog) -> Images:
    """Lay a plasma fractal over the image: one of 128, seen from one of 8 sides, drawn."""
    maps, views = np.divmod(draws.choices("cloud", _MAPS * _VIEWS), _VIEWS)
    clouds = np.empty(images.shape, np.float32)
    used = np.unique(maps).tolist()
    for start in range(0, len(used), _MAPS_AT_ONCE):
        numbers = used[start : start + _MAPS_AT_ONCE]
        words = [draws.shared_words(f"map {number}", _MAP_SIDE, _MAP_SIDE) for number in numbers]
        seen = _views(_plasma(np.stack(words), fog.decay))
        here = np.flatnonzero((maps >= numbers[0]) & (maps <= numbers[-1]))
        clouds[here] = seen[np.searchsorted(numbers, maps[here]), views[here]]
    greatest = images.max(axis=(1, 2), keepdims=True).astype(np.float32)
    added = np.float32(fog.amount) * _WHITE
    return to_pixels((images + added * clouds) * (greatest / (greatest + added)))


def _plasma(words: Words, decay: float) -> NDArray[np.float32]:
    """Make fractals by the diamond-square algorithm, on a torus.

    Args:
        words: random words `(m, 256, 256)`, one for each place.
        decay: what the random parts' size is divided by, twice, from one distance to its half.

    Returns:
        float32 `(m, 256, 256)` from 0 to 1.
    """
    heights = words.astype(np.float32) / np.float32(WORDS / 2) - 1
    heights[:, 0, 0] = 0
    distance, size = _MAP_SIDE, 1.0
    while distance > 1:
        half = distance // 2
        corners = heights[:, ::distance, ::distance]
        middles = heights[:, half::distance, half::distance]
        above = heights[:, ::distance, half::distance]
        beside = heights[:, half::distance, ::distance]
        pairs = corners + np.roll(corners, -1, 1)
        _displace(middles, pairs + np.roll(pairs, -1, 2), size)
        _displace(above, corners + np.roll(corners, -1, 2) + middles + np.roll(middles, 1, 1), size)
        _displace(beside, pairs + middles + np.roll(middles, 1, 2), size)
        distance, size = half, size / decay**2
    least = heights.min(axis=(1, 2), keepdims=True)
    span = heights.max(axis=(1, 2), keepdims=True) - least
    return np.asarray((heights - least) / span)


def _displace(places: NDArray[np.float32], sum_of_four: NDArray[np.float32], size: float) -> None:
    """Set places, which hold random numbers from -1 to 1, to a mean and so much of these."""
    places *= np.float32(size)
    places += sum_of_four / 4


def _views(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what lies on the eight sides of each fractal's corner, `(m, 8, 28, 28)`."""
    forth = np.arange(_SIDE)
    quarters = np.stack(
        [heights[:, down[:, None], right] for down in (forth, -forth) for right in (forth, -forth)],
        axis=1,
    )
    return np.concatenate([quarters, quarters.transpose(0, 1, 3, 2)], axis=1)


class Spatter(NamedTuple):
    """Parameters of `spatter`.

    Attributes:
        mean: of the liquid's random thickness.
        std: its standard deviation.
        sigma: of the smoothing that makes drops of it, in pixels.
        threshold: how thick a drop is at least.
        softness: sigma of the smoothing of the drops' edges, in pixels.
    """

    mean: float
    std: float
    sigma: float
    threshold: float
    softness: float


def spatter(images: Images, draws: Draws, spatter: Spatter) -> Images:
    """Cover parts with drops of mud."""
    liquid = normal(draws.words("liquid", *IMAGE_SHAPE), spatter.mean * WHOLE, spatter.std * WHOLE)
    drops = smoothed(liquid, spatter.sigma) > spatter.threshold * WHOLE**3
    cover = smoothed(drops, spatter.softness) / WHOLE**2
    cover[cover < _LEAST_COVER] = 0
    return to_pixels(images * (1 - cover) + _MUD * cover)
