"""How much ink each place of a picture has: the paper, a smooth surface, is found and removed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Shares = tuple[float, float, float, float]
"""Left, top, right and bottom of a part, as shares of the whole picture."""

_ALL: Shares = (0, 0, 1, 1)

Darkness = NDArray[np.float32]
"""How far a place is from the paper's level, as a share of what it could be; 0 is paper."""

_SURFACE_PIXELS = 64  # of the longer side, while the paper is looked for
_FIRST_DEGREE, _DEGREE = 2, 3
_FIRST_ROUNDS, _ROUNDS = 12, 4
_NOISE_MULTIPLE = 4.0
_NORMAL_MEDIAN = 1.4826  # what makes a median distance a standard deviation
_LEAST_NOISE = 0.004
_LEAST_STEP = 1.0  # of 255, by which a place differs from its neighbours' fit
_TWO_LEVELS = 10.0  # of 255; where more than this is usual, ink is a large part of the picture
_SMOOTHING = 0.1  # of the shorter side
_LEAST_TRUST = 0.05
_LEAST_BLANK = 0.05
_LEAST_LEVEL = 8.0  # of 255, so that nothing is divided by black


@dataclass(frozen=True, eq=False)
class Paper:
    """The paper of a picture, as if nothing were written on it.

    Attributes:
        level: float32, a small picture of the paper's brightness, where ink is darker than it.
        inverted: whether the ink is brighter than its ground, so that the picture is turned first.
    """

    level: NDArray[np.float32]
    inverted: bool

    def surface(self, shape: tuple[int, int], box: Shares = _ALL) -> NDArray[np.float32]:
        """Return the paper's brightness at each place of a part of the picture.

        Args:
            shape: height and width of the part, at any scale.
            box: where it lies.
        """
        rows, columns = self.level.shape
        left, top, right, bottom = box
        surface = Image.fromarray(self.level).resize(
            shape[::-1],
            Image.Resampling.BICUBIC,
            (left * columns, top * rows, right * columns, bottom * rows),
        )
        return np.asarray(np.maximum(np.asarray(surface), _LEAST_LEVEL), np.float32)

    def darkness(self, grey: NDArray[np.uint8], box: Shares = _ALL) -> Darkness:
        """Return how much ink each place of a part of the picture has, float32 as `grey`.

        Args:
            grey: uint8 `(height, width)`, the part, at any scale.
            box: where it lies.
        """
        return 1 - _dark_on_light(grey, self.inverted) / self.surface(grey.shape, box)


def find_paper(grey: NDArray[np.uint8]) -> Paper:
    """Find the paper of a picture, and whether its ink is darker or brighter.

    A surface of low degree is fitted so that the sum of distances is least, which a digit hardly
    moves; what lies far from it on one side more than on the other is ink. Then the surface is
    fitted again to what is blank, and follows what is left, such as a soft shadow.

    Args:
        grey: uint8 `(height, width)`.
    """
    small = reduced(grey, _SURFACE_PIXELS).astype(np.float32)
    offset: NDArray[np.floating] = small - _least_distances(small, _FIRST_DEGREE)
    if _spread(offset) > _TWO_LEVELS:
        offset = _from_commoner_level(small)
    beyond = np.abs(offset) > _NOISE_MULTIPLE * max(_LEAST_STEP, min(_spread(offset), _TWO_LEVELS))
    inverted = bool(np.sum(offset[beyond], dtype=np.float64) > 0)
    light = _dark_on_light(small, inverted)
    blank = ~beyond
    level = light
    for _ in range(_ROUNDS):
        level = _surface(light, blank)
        darkness = 1 - light / level
        noise = max(_LEAST_NOISE, _spread(darkness[blank]))
        found = np.abs(darkness) < _NOISE_MULTIPLE * noise
        if np.count_nonzero(found) < _LEAST_BLANK * found.size:
            break
        blank = found
    return Paper(level, inverted)


def follow_edges(paper: Paper, grey: NDArray[np.uint8], stroke: float) -> Paper:
    """Return the paper as it is where shadows have edges, or something lies beside it.

    All that is darker than its surroundings and narrower than strokes are is taken away.

    Args:
        paper: as `find_paper` found it.
        grey: the picture.
        stroke: how thick a stroke may be, in pixels.
    """
    light = ndimage.gaussian_filter(_dark_on_light(grey, paper.inverted), 1)
    window = 2 * round(0.75 * stroke) + 3
    return Paper(np.asarray(ndimage.grey_closing(light, (window, window))), paper.inverted)


def reduced(grey: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Return a picture made smaller by averaging, if a side is longer than `longest` pixels."""
    height, width = grey.shape
    scale = min(1.0, longest / max(height, width))
    if scale == 1:
        return grey
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))


def grain(darkness: Darkness) -> float:
    """Return the standard deviation of blank paper, from what is brighter than it should be."""
    brighter = -darkness[darkness < 0]
    return _NORMAL_MEDIAN * float(np.median(brighter)) if len(brighter) else 0.0


def _spread(values: NDArray[np.floating]) -> float:
    """Return the standard deviation as most values have it, whatever a few do."""
    return _NORMAL_MEDIAN * float(np.median(np.abs(values - np.median(values))))


def _dark_on_light(grey: NDArray[np.generic], inverted: bool) -> NDArray[np.float32]:
    values = np.asarray(grey, np.float32)
    return (255 - values if inverted else values) + _LEAST_LEVEL


def _from_commoner_level(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each place is from the commoner one of two levels, ink and paper."""
    levels = np.sort(small.ravel()).astype(np.float64)
    below = np.arange(1, len(levels))
    sums = np.cumsum(levels)[:-1]
    above = len(levels) - below
    apart = sums / below - (levels.sum() - sums) / above
    cut = int(np.argmax(below * above * apart**2)) + 1  # Otsu's: the means differ most
    common = levels[:cut] if cut > len(levels) / 2 else levels[cut:]
    return small - np.float32(np.median(common))


def _powers(shape: tuple[int, int], degree: int) -> NDArray[np.float64]:
    """Return the polynomials of a surface at each place, float64 `(places, coefficients)`."""
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij")
    return np.stack(
        [(rows**i * columns**j).ravel() for i in range(degree + 1) for j in range(degree + 1 - i)],
        axis=1,
    )


def _least_distances(values: NDArray[np.float32], degree: int) -> NDArray[np.float64]:
    """Fit a surface with the least sum of distances, by weighted least squares again and again."""
    powers, wanted = _powers(values.shape, degree), values.ravel().astype(np.float64)
    weights = np.ones_like(wanted)
    fitted = wanted
    for _ in range(_FIRST_ROUNDS):
        fitted = powers @ _coefficients(powers, wanted, weights)
        weights = 1 / np.maximum(np.abs(wanted - fitted), _LEAST_STEP)
    return fitted.reshape(values.shape)


def _coefficients(
    powers: NDArray[np.float64],
    wanted: NDArray[np.floating],
    weights: NDArray[np.float64] | NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Solve weighted least squares by the normal equations, which are few."""
    weighted = powers * weights[:, None]
    return np.asarray(np.linalg.lstsq(weighted.T @ powers, weighted.T @ wanted)[0])


def _surface(light: NDArray[np.float32], blank: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the paper beneath everything, from its blank places alone."""
    powers = _powers(light.shape, _DEGREE)
    fitted = powers @ _coefficients(powers, light.ravel(), blank.ravel())
    level = np.clip(fitted.reshape(light.shape), _LEAST_LEVEL, None)
    sigma = max(1.0, _SMOOTHING * min(light.shape))
    near = ndimage.gaussian_filter(blank.astype(np.float64), sigma)
    rest = ndimage.gaussian_filter(np.where(blank, light - level, 0), sigma)
    return np.asarray(np.maximum(level + rest / (near + _LEAST_TRUST), _LEAST_LEVEL), np.float32)
