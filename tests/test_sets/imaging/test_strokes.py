"""Thicker and thinner strokes."""

import numpy as np
import pytest

from digitbench.test_sets.imaging.strokes import with_stroke
from digitbench.types import Images


@pytest.fixture
def bar() -> Images:
    """A vertical stroke, four pixels wide."""
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 12:16] = 255
    return bar


@pytest.mark.parametrize("added", [-2, -1.5, -1, -0.5, 0, 0.5, 1, 2, 3, 4])
def test_a_stroke_gets_so_much_thicker(bar: Images, added: float) -> None:
    ink = with_stroke(bar, added)[0, 14].astype(float).sum() / 255
    assert ink == pytest.approx(4 + added, abs=0.01)


def test_no_change_is_none(images: Images) -> None:
    np.testing.assert_array_equal(with_stroke(images, 0), images)


def test_discs_are_round() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10, 10] = 200
    disc = with_stroke(dot, 4)[0]
    assert (disc > 0).sum() == 13
    assert disc[8, 10] == disc[10, 12] == 200
    assert disc[8, 8] == 0


def test_outside_is_paper() -> None:
    full = np.full((1, 28, 28), 255, np.uint8)
    assert (with_stroke(full, 4) == 255).all()
    thinner = with_stroke(full, -2)[0]
    assert not thinner[0].any()
    assert not thinner[:, 27].any()
    assert (thinner[1:-1, 1:-1] == 255).all()
