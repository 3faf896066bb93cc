"""The projection: nothing of an image's length gets lost from level to level."""

from typing import Any

import numpy as np
import pytest

from digitbench_sklearn.projection import CUTS, Projection


def test_levels_share_an_image_out_and_what_they_leave_is_the_next_ones(digits: Any) -> None:
    pixels = digits.train.images[:100].reshape(100, -1)
    projection = Projection(pixels)
    lengths = np.linalg.norm(pixels - pixels.mean(axis=0), axis=1)
    left_out = None
    for level, components in enumerate(np.diff((0, *CUTS))):
        vectors = projection.vectors(pixels, level, left_out)
        assert vectors.shape == (100, components + 2)
        before = lengths if left_out is None else left_out
        np.testing.assert_allclose(vectors[:, -1], before)
        np.testing.assert_allclose(np.sum(vectors[:, :-1] ** 2, axis=1), before**2, atol=1e-3)
        left_out = vectors[:, -2]
    assert left_out is not None
    assert np.max(left_out / lengths) < 1e-3


def test_leading_components_come_first(digits: Any) -> None:
    pixels = digits.train.images[:400].reshape(400, -1)
    projection = Projection(pixels)
    spread = projection.vectors(pixels, 0)[:, :-2].std(axis=0)
    assert spread[0] == pytest.approx(spread.max())
    assert np.all(spread[:-1] > spread[1:] - 1e-6)
