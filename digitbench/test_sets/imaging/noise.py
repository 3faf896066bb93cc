"""Normally distributed numbers of random words."""

import numpy as np
from numpy.typing import NDArray

from digitbench.test_sets.imaging.draws import WORDS, Words


def normal(words: Words, mean: float, std: float) -> NDArray[np.int32]:
    """Turn words into whole numbers, normally distributed to 1 in 65,536.

    Args:
        words: random words of any shape.
        mean: mean of the numbers.
        std: their standard deviation.
    """
    from scipy.special import ndtri

    levels = ndtri((np.arange(WORDS) + 0.5) / WORDS)
    table = np.rint(mean + std * levels).astype(np.int32)
    return table[words]
