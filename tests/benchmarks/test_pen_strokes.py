"""A digit's image as the strokes of a pen."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchlib.pen_strokes import pen_strokes

pytest.importorskip("skimage")


def _drawn(*lines: list[tuple[int, int]]) -> np.ndarray:
    image = Image.new("L", (28, 28))
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=255, width=3)
    return np.asarray(image)


def test_a_line_is_one_stroke_from_end_to_end() -> None:
    (stroke,) = pen_strokes(_drawn([(14, 4), (14, 23)]))
    ends = sorted((stroke[0], stroke[-1]), key=lambda point: point[1])
    assert ends[0] == pytest.approx((14.5 / 28, 4.5 / 28), abs=0.07)
    assert ends[1] == pytest.approx((14.5 / 28, 23.5 / 28), abs=0.07)


def test_a_cross_is_drawn_whole_and_straight_on() -> None:
    strokes = pen_strokes(_drawn([(14, 4), (14, 23)], [(4, 14), (23, 14)]))
    points = np.concatenate(strokes)
    assert points.min(axis=0) == pytest.approx((5 / 28, 5 / 28), abs=0.07)
    assert points.max(axis=0) == pytest.approx((23 / 28, 23 / 28), abs=0.07)
    assert len(strokes[0]) > 0.8 * 28 * 0.66 * 6 / 4


def test_a_ring_is_closed() -> None:
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).ellipse((6, 5, 21, 22), outline=255, width=3)
    (stroke,) = pen_strokes(np.asarray(image))
    assert np.linalg.norm(stroke[0] - stroke[-1]) < 0.05
