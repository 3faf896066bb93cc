"""Deskewing: upright, in the middle, each image by itself, and nothing else touched."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from digitbench import DatasetError, Images, deskewed

any_images = arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28)))


def blob(slope: float, across: float = 13.5, down: float = 13.5, width: float = 1.5) -> Images:
    """Draw a thick stroke of 13 rows that leans by `slope` pixels a row, uint8 `(1, 28, 28)`."""
    rows, columns = np.indices((28, 28))
    away = columns - across - slope * (rows - down)
    ink = np.exp(-((away / width) ** 2)) * np.exp(-(((rows - down) / 6) ** 4))
    return np.asarray(np.rint(255 * ink)[None], np.uint8)


def moments(image: NDArray[np.uint8]) -> dict[str, float]:
    rows, columns = np.indices(image.shape)
    ink = image / image.sum(dtype=float)
    x, y = float(np.sum(columns * ink)), float(np.sum(rows * ink))
    return {
        "x": x,
        "y": y,
        "slope": float(
            np.sum((columns - x) * (rows - y) * ink) / np.sum((rows - y) * (rows - y) * ink)
        ),
    }


@pytest.mark.parametrize("slope", [-0.8, -0.3, 0.0, 0.25, 0.6])
@pytest.mark.parametrize(("across", "down"), [(13.5, 13.5), (12.2, 15.0), (15.75, 12.4)])
def test_a_leaning_stroke_is_set_upright_and_in_the_middle(
    slope: float, across: float, down: float
) -> None:
    leaning = blob(slope, across, down)
    assert moments(leaning[0])["slope"] == pytest.approx(slope, abs=0.05)
    upright = moments(deskewed(leaning)[0])
    assert upright["slope"] == pytest.approx(0, abs=0.02)
    assert (upright["x"], upright["y"]) == pytest.approx((13.5, 13.5), abs=0.05)


def test_slants_of_one_stroke_give_one_picture() -> None:
    pictures = np.concatenate([deskewed(blob(slope)) for slope in (-0.5, 0.0, 0.5)]).astype(int)
    assert np.abs(pictures - pictures[1]).max() < 40
    assert np.abs(pictures - pictures[1]).mean() < 1.5


def test_shifting_by_whole_pixels_loses_nothing() -> None:
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 2:6, 20:24] = 200
    expected = np.zeros_like(square)
    expected[0, 12:16, 12:16] = 200
    np.testing.assert_array_equal(deskewed(square), expected)


@pytest.mark.parametrize("value", [0, 1, 255])
def test_an_image_of_one_value_stays_as_it_is(value: int) -> None:
    flat = np.full((2, 28, 28), value, np.uint8)
    np.testing.assert_array_equal(deskewed(flat), flat)


def test_ink_in_one_row_or_one_pixel_is_only_shifted() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 5, 3:9] = 100
    images[1, 27, 0] = 255
    upright = deskewed(images)
    assert upright[0].sum() == images[0].sum()
    assert int(upright[1].sum()) == pytest.approx(255, abs=4)
    assert moments(upright[0]) == pytest.approx(moments(upright[0]) | {"x": 13.5, "y": 13.5})


def test_the_steepest_slant_there_can_be_stays_in_the_frame() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 13, 0] = image[0, 14, 27] = 255
    upright = moments(deskewed(image)[0])
    assert upright["x"] == pytest.approx(13.5, abs=0.5)
    assert int(deskewed(image).sum()) > 400


@settings(max_examples=60, deadline=None)
@given(any_images)
def test_any_images_give_images_of_the_same_form(images: Images) -> None:
    before = images.copy()
    upright = deskewed(images)
    assert upright.dtype == np.uint8
    assert upright.shape == images.shape
    assert upright.max(initial=0) <= images.max(initial=0)
    np.testing.assert_array_equal(images, before)


@settings(max_examples=30, deadline=None)
@given(any_images)
def test_an_image_knows_nothing_of_its_neighbours(images: Images) -> None:
    together = deskewed(np.concatenate([images, blob(0.4), images]))
    alone = [deskewed(image[None]) for image in images]
    for index, expected in enumerate(alone):
        np.testing.assert_array_equal(together[index], expected[0])
        np.testing.assert_array_equal(together[len(images) + 1 + index], expected[0])


def test_more_images_than_a_block_and_strided_views_are_the_same() -> None:
    many = np.concatenate([blob(slope) for slope in np.linspace(-0.7, 0.7, 230)])
    upright = deskewed(many)
    np.testing.assert_array_equal(deskewed(many[::3]), upright[::3])
    np.testing.assert_array_equal(deskewed(many[:, ::1][::-1])[::-1], upright)


def test_read_only_images_are_welcome() -> None:
    image = blob(0.3)
    image.flags.writeable = False
    assert deskewed(image).flags.writeable


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 28, 28), np.float32), np.zeros((28, 28), np.uint8), np.zeros((1, 27, 28), "u1")],
)
def test_arrays_that_are_no_images_are_refused_in_one_line(wrong: Any) -> None:
    with pytest.raises(DatasetError, match=r"images must be uint8 of shape \(n, 28, 28\)") as error:
        deskewed(wrong)
    assert "\n" not in str(error.value)
