"""The strokes of a pen that could have written a digit: its skeleton, followed from end to end."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from digitbench.types import IMAGE_SHAPE

_FINER = 6
"""The image is enlarged so many times: a skeleton of 28x28 pixels has steps like a staircase."""
_SPUR = 10
"""Pixels of a finer skeleton; a branch that is shorter is a corner of the ink, not a stroke."""
_EVERY = 4
"""Each so many pixels of the skeleton become a point of the stroke."""
_SMOOTHING = 3.0

Pixel = tuple[int, int]
Stroke = NDArray[np.float64]
"""Points `(n, 2)`, x and y as fractions of the image's sides."""


def pen_strokes(image: NDArray[np.uint8]) -> list[Stroke]:
    """Return the strokes of a digit, the longest first.

    Args:
        image: uint8 `(28, 28)`, ink bright on black.
    """
    from skimage.morphology import skeletonize

    finer = ndimage.zoom(image.astype(np.float32), _FINER, order=3)
    thin = skeletonize(ndimage.gaussian_filter(finer, 1.5) > 0.5 * finer.max())
    paths = sorted(_paths({(int(y), int(x)) for y, x in np.argwhere(thin)}), key=len, reverse=True)
    kept = [path for path in paths if len(path) > _SPUR] or paths[:1]
    return [_stroke(path) for path in kept]


def _paths(pixels: set[Pixel]) -> Iterator[list[Pixel]]:
    """Follow a skeleton until each pixel was passed; paths meet where they cross."""
    left = set(pixels)
    while left:
        ends = [pixel for pixel in left if len(_near(pixel, left)) == 1]
        path = [min(ends or left)]
        left.discard(path[0])
        while there := _near(path[-1], left):
            path.append(_straightest(path, there))
            left.discard(path[-1])
        for place in (0, -1):  # where it left another path, or came to one
            joints = _near(path[place], pixels - left - set(path[:3] if place == 0 else path[-3:]))
            if joints:
                path.insert(0 if place == 0 else len(path), joints[0])
        yield path


def _near(pixel: Pixel, pixels: set[Pixel]) -> list[Pixel]:
    """Return the neighbours of a pixel, those beside it first."""
    y, x = pixel
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
    return [(y + v, x + h) for v, h in steps if (y + v, x + h) in pixels]


def _straightest(path: list[Pixel], there: list[Pixel]) -> Pixel:
    """Return the neighbour that goes on as the path did."""
    before = path[max(0, len(path) - 6)]
    way = path[-1][0] - before[0], path[-1][1] - before[1]
    return max(there, key=lambda p: (p[0] - path[-1][0]) * way[0] + (p[1] - path[-1][1]) * way[1])


def _stroke(path: list[Pixel]) -> Stroke:
    points = np.array(path, np.float64)[:, ::-1]
    smooth = ndimage.gaussian_filter1d(points, _SMOOTHING, axis=0, mode="nearest")
    smooth[0], smooth[-1] = points[0], points[-1]
    places = [*range(0, len(smooth) - 1, _EVERY), len(smooth) - 1]
    return np.asarray((smooth[places] + 0.5) / (_FINER * np.array(IMAGE_SHAPE)))
