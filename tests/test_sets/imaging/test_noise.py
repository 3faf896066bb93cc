"""Normally distributed numbers of random words."""

import numpy as np
import pytest
from scipy import stats

from digitbench.test_sets.imaging.draws import WORDS
from digitbench.test_sets.imaging.noise import normal


def test_all_words_together_are_a_normal_distribution() -> None:
    numbers = normal(np.arange(WORDS).astype(np.uint16), mean=500, std=1000)
    assert numbers.mean() == pytest.approx(500, abs=0.01)
    assert numbers.std() == pytest.approx(1000, abs=0.5)
    assert stats.kstest(numbers[::7], "norm", (500, 1000)).statistic < 0.001
    assert (np.diff(numbers) >= 0).all()


def test_shapes_are_kept() -> None:
    assert normal(np.zeros((2, 3, 4), np.uint16), 0, 1).shape == (2, 3, 4)
