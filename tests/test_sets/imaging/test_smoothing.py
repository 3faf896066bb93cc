"""Gaussian smoothing in whole numbers."""

import numpy as np
import pytest
from scipy import ndimage

from digitbench.test_sets.imaging.smoothing import WHOLE, smoothed, smoothed_down, whole_weights
from digitbench.types import Images


@pytest.mark.parametrize("sigma", [0.5, 1, 2.5, 10])
def test_it_is_the_usual_gaussian_filter(images: Images, sigma: float) -> None:
    both = ndimage.gaussian_filter(images.astype(float), (0, sigma, sigma), mode="nearest")
    np.testing.assert_allclose(smoothed(images, sigma) / WHOLE**2, both, atol=0.02)
    down = ndimage.gaussian_filter(images.astype(float), (0, sigma, 0), mode="nearest")
    np.testing.assert_allclose(smoothed_down(images, sigma) / WHOLE, down, atol=0.02)


def test_sums_are_exact_up_to_the_stated_size() -> None:
    greatest = np.full((1, 28, 28), 2**21 - 1, np.int64)
    assert (smoothed(greatest, 3) == (2**21 - 1) * float(WHOLE) ** 2).all()
    greatest[0, ::2, 1::3] -= 1
    matrix = smoothed_down(np.eye(28, dtype=np.int64)[None], 3)[0].astype(np.int64).astype(object)
    exact = matrix @ greatest[0].astype(object) @ matrix.T  # Python's whole numbers
    assert (smoothed(greatest, 3)[0].astype(np.int64).astype(object) == exact).all()


def test_weights_sum_to_the_whole() -> None:
    weights = whole_weights([0.1, 0.7, 0.1, 0.05], 1)
    assert sum(weights) == WHOLE
    assert weights[0] == weights[2] == round(WHOLE / 9.5)
