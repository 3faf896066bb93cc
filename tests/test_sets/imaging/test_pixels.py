"""Rounding, and another change for each of several groups."""

import numpy as np

from digitbench.test_sets.imaging.pixels import changed_by_choice, to_pixels


def test_halves_are_rounded_upwards_and_what_is_too_much_is_cut_off() -> None:
    values = np.array([-300, -0.5, 0.49, 0.5, 1.5, 2.5, 254.49, 254.5, 255.5, 1e9])
    assert to_pixels(values).tolist() == [0, 0, 0, 1, 2, 3, 254, 255, 255, 255]
    assert to_pixels(values.astype(np.float32)).dtype == np.uint8


def test_each_image_is_changed_in_its_way() -> None:
    images = np.zeros((5, 28, 28), np.uint8)
    choices = np.array([2, 0, 2, 7, 0])
    changed = changed_by_choice(images, choices, lambda some, choice: some + np.uint8(choice))
    assert changed[:, 3, 4].tolist() == [2, 0, 2, 7, 0]
    assert not images.any()
