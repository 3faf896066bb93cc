"""What every change of images needs: rounding, and another change for each of several groups."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Images


def to_pixels(values: NDArray[np.floating]) -> Images:
    """Round to the nearest whole number, halves upwards, and cut off below 0 and above 255."""
    return np.clip(np.floor(values + values.dtype.type(0.5)), 0, 255).astype(np.uint8)


def changed_by_choice(
    images: Images, choices: NDArray[np.intp], change: Callable[[Images, int], Images]
) -> Images:
    """Change each image in the way that was chosen for it.

    Args:
        images: uint8 `(n, 28, 28)`.
        choices: a number for each image, `(n,)`.
        change: changes images, uint8 `(m, 28, 28)`, in the way of a number.
    """
    changed = np.empty_like(images)
    for choice in np.unique(choices).tolist():
        chosen = np.flatnonzero(choices == choice)
        changed[chosen] = change(images[chosen], choice)
    return changed
