"""Gaussian smoothing in whole numbers.

A kernel's weights are whole and sum to 65,536. Products and sums of whole numbers below 2**53 are
exact in float64, so no library of matrix products, thread or processor can change them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from digitbench.types import IMAGE_SHAPE

WHOLE = 1 << 16
"""What the weights of a kernel sum to: `smoothed_down` multiplies by it, `smoothed` twice."""

_SIDE = IMAGE_SHAPE[0]
_RADIUS_SIGMAS = 4


def whole_weights(weights: list[float], balance: int) -> list[int]:
    """Scale weights to whole numbers that sum to 65,536.

    Args:
        weights: at least one above 0.
        balance: position of the weight that takes what rounding leaves.
    """
    rounded = [round(weight / math.fsum(weights) * WHOLE) for weight in weights]
    rounded[balance] += WHOLE - sum(rounded)
    return rounded


def smoothed_down(images: NDArray[np.generic], sigma: float) -> NDArray[np.float64]:
    """Smooth along columns alone.

    Args:
        images: whole numbers `(n, 28, 28)` below 2**37.
        sigma: standard deviation of the kernel in pixels, which is cut off at four of them.

    Returns:
        The sums, 65,536 times the mean. Beyond the edge an image goes on as its last row.
    """
    return np.asarray(_matrix(sigma) @ images.astype(np.float64))


def smoothed(images: NDArray[np.generic], sigma: float) -> NDArray[np.float64]:
    """Smooth in both directions.

    Args:
        images: whole numbers `(n, 28, 28)` below 2**21.
        sigma: standard deviation of the kernel in pixels, which is cut off at four of them.

    Returns:
        The sums, 2**32 times the mean. Beyond the edge an image goes on as its last pixels.
    """
    return np.asarray(smoothed_down(images, sigma) @ _matrix(sigma).T)


def _matrix(sigma: float) -> NDArray[np.float64]:
    """Return whole numbers `(28, 28)` that a column is multiplied by."""
    radius = int(_RADIUS_SIGMAS * sigma + 0.5)
    offsets = range(-radius, radius + 1)
    weights = whole_weights([math.exp(-0.5 * (k / sigma) ** 2) for k in offsets], radius)
    matrix = np.zeros(IMAGE_SHAPE)
    for row in range(_SIDE):
        for offset, weight in zip(offsets, weights, strict=True):
            matrix[row, min(max(row + offset, 0), _SIDE - 1)] += weight
    return matrix
