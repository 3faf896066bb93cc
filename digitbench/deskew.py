"""Deskewing: setting slanted digits upright and in the middle, one image at a time.

The method is the classic one, from the moments of the ink. LeCun, Bottou, Bengio and Haffner
("Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998,
section III) compare classifiers on deskewed digits; they too find the slant from the second
moments of inertia, undo it with a horizontal shear and centre what comes out.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitbench.errors import DatasetError
from digitbench.types import IMAGE_SHAPE, Images

BLOCK = 100
"""Images worked on at once: few enough for their copies to stay in the processor's cache."""

_HEIGHT, _WIDTH = IMAGE_SHAPE
_ROWS, _COLUMNS = np.arange(_HEIGHT, dtype=np.float64), np.arange(_WIDTH, dtype=np.float64)


def deskewed(images: Images) -> Images:
    """Shear and shift each image until its ink does not lean and lies in the middle.

    Row `y` moves sideways by `a (y - my) + mx - 13.5` pixels and every column by `my - 13.5`,
    where `(mx, my)` is the ink's centre of mass and `a = cov(x, y) / var(y)`. After that the
    ink's rows and columns do not covary, up to rounding and to ink that left the frame. Between
    pixels the values are interpolated linearly. Ink in one row alone is only shifted, and an
    image without ink stays as it is.

    The moments are sums of integers, taken exactly, so that an image's result depends on that
    image alone and not on those beside it.

    Args:
        images: uint8 `(n, 28, 28)`; never altered.

    Returns:
        A new array, uint8 `(n, 28, 28)`.

    Raises:
        DatasetError: the array has another dtype or shape.
    """
    if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
        raise DatasetError(
            f"images must be uint8 of shape (n, 28, 28), not {images.dtype} {images.shape}"
        )
    upright = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        sideways, upwards = _displacements(block)
        sheared = _read_shifted(block.astype(np.float32), sideways)
        columns = _read_shifted(sheared.transpose(0, 2, 1), upwards)
        np.rint(columns.transpose(0, 2, 1), out=upright[start : start + BLOCK], casting="unsafe")
    return upright


def _displacements(images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find how far right each row and how far down each column must be read, in pixels.

    Args:
        images: uint8 `(n, 28, 28)`.

    Returns:
        float64 `(n, 28)` for the rows and float64 `(n, 1)` for all columns of an image.
    """
    grid = np.ones(IMAGE_SHAPE)
    x, y = grid * _COLUMNS, grid * _ROWS[:, None]
    powers = np.stack([grid, x, y, x * y, y * y]).reshape(5, -1)
    mass, sum_x, sum_y, sum_xy, sum_yy = powers @ images.reshape(len(images), -1).T.astype(float)
    # Whole numbers below 2**53: exact in double precision, and zero only where truly so.
    covariance = mass * sum_xy - sum_x * sum_y
    variance = mass * sum_yy - sum_y * sum_y
    slope = np.divide(covariance, variance, out=np.zeros_like(mass), where=variance > 0)
    middle_x, middle_y = (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2
    mean_x = np.divide(sum_x, mass, out=np.full_like(mass, middle_x), where=mass > 0)
    mean_y = np.divide(sum_y, mass, out=np.full_like(mass, middle_y), where=mass > 0)
    lean = slope[:, None] * (_ROWS - mean_y[:, None])
    return lean + (mean_x - middle_x)[:, None], (mean_y - middle_y)[:, None]


def _read_shifted(images: NDArray[np.float32], shifts: NDArray[np.float64]) -> NDArray[np.float32]:
    """Read each row `shifts` pixels further right, between pixels linearly, paper beyond them.

    Args:
        images: float32 `(n, 28, 28)`.
        shifts: float64 `(n, 28)`, or `(n, 1)` for rows that move alike; in pixels.
    """
    count, height, width = images.shape
    shifts = np.clip(shifts, -width, width)
    whole = np.floor(shifts)
    part = (shifts - whole).astype(np.float32)[..., None]
    padded = np.zeros((count, height, 3 * width + 1), np.float32)
    padded[:, :, width : 2 * width] = images
    windows = sliding_window_view(padded, width + 1, axis=2)
    image, row = np.indices((count, height), sparse=True)
    read = windows[image, row, whole.astype(np.intp) + width]
    between: NDArray[np.float32] = read[..., :-1] + part * (read[..., 1:] - read[..., :-1])
    return between
