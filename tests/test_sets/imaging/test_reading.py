"""Pixels that are read at other places of an image."""

import math

import numpy as np
import pytest

from digitbench.test_sets.imaging.reading import moved, transformed
from digitbench.types import Images

IDENTITY = ((1, 0), (0, 1))


def test_reading_each_pixel_at_its_own_place_changes_nothing(images: Images) -> None:
    np.testing.assert_array_equal(transformed(images, IDENTITY), images)
    np.testing.assert_array_equal(moved(images, 0, 0), images)


def test_moving_down_and_right(images: Images) -> None:
    expected = np.zeros_like(images)
    expected[:, 3:, :-2] = images[:, :-3, 2:]
    np.testing.assert_array_equal(moved(images, 3, -2), expected)


def test_a_matrix_gives_column_and_row(images: Images) -> None:
    np.testing.assert_array_equal(transformed(images, ((0, 1), (1, 0))), images.transpose(0, 2, 1))
    np.testing.assert_array_equal(transformed(images, ((-1, 0), (0, 1))), images[:, :, ::-1])


def test_a_quarter_turn_is_that_of_the_array(images: Images) -> None:
    quarter = ((math.cos(math.pi / 2), -1), (1, 0))
    np.testing.assert_array_equal(transformed(images, quarter), np.rot90(images, 1, (1, 2)))


def test_values_between_pixels_are_interpolated_and_outside_is_paper() -> None:
    white = np.full((1, 28, 28), 255, np.uint8)
    half = transformed(white, ((2, 0), (0, 2)))  # reads from -13.5 to 40.5
    assert half[0, 7:21, 7:21].min() == 255
    assert half[0, :6].max() == half[0, 22:].max() == half[0, :, :6].max() == 0
    ramp = np.broadcast_to(np.arange(0, 280, 10).clip(0, 255).astype(np.uint8), (1, 28, 28))
    between = transformed(ramp, ((0.5, 0), (0, 1)))
    assert between[0, 5, 12:16].tolist() == [128, 133, 138, 143]  # at 12.75, 13.25, ... columns


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_any_number_of_images(images: Images, count: int) -> None:
    many = np.resize(images, (count, 28, 28))
    turned = transformed(many, ((0.8, -0.6), (0.6, 0.8)))
    assert turned.shape == many.shape
    one_by_one = transformed(images[:1], ((0.8, -0.6), (0.6, 0.8)))
    np.testing.assert_array_equal(turned[::20], np.repeat(one_by_one, -(-count // 20), 0))
