"""Corruptions that settings are chosen on are apart from those that are reported."""

import numpy as np
import pytest

from benchlib.tuning_corruptions import CORRUPTIONS, corrupted
from digitbench import Images
from digitbench.testing import tiny_digits

REPORTED = {
    *("shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate"),
    *("brightness", "translate", "stripe", "fog", "spatter", "dotted_line", "zigzag"),
    "canny_edges",
}


@pytest.fixture(scope="module")
def images() -> Images:
    return tiny_digits().test.images[:20]


def test_none_is_reported() -> None:
    assert REPORTED.isdisjoint(CORRUPTIONS)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_changes_images_as_the_seed_has_it(name: str, images: Images) -> None:
    before = images.copy()
    made = corrupted(name, images, 1)
    assert made.shape == images.shape
    assert made.dtype == np.uint8
    assert np.mean(np.any(made != images, axis=(1, 2))) > 0.9
    np.testing.assert_array_equal(made, corrupted(name, images, 1))
    np.testing.assert_array_equal(images, before)
