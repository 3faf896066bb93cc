"""The test set `shifts`: curves that begin at the test images."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from digitbench.test_sets.options import ShiftOptions
from digitbench.test_sets.shifts import CURVES, Curve, load_shifts
from digitbench.types import Dataset, Images, TestSetContext

FINGERPRINTS = {
    "translate": "721103c25c531931",
    "rotate": "cc9a373719217db5",
    "scale": "02719fa9a0d26b35",
    "thickness": "c7f0d2d77e74435d",
    "noise": "fdae0ad240e7980d",
}

each_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
BY_NAME = {curve.name: curve for curve in CURVES}


def test_the_curves_are_those_that_are_promised() -> None:
    assert {curve.name: (min(curve.points), max(curve.points)) for curve in CURVES} == {
        "translate": (0, 6),
        "rotate": (0, 45),
        "scale": (0.6, 1.4),
        "thickness": (-1.5, 4),
        "noise": (0, 0.5),
    }
    for curve in CURVES:
        assert list(curve.points) == sorted(set(curve.points))
        assert curve.unshifted in curve.points
        assert 5 <= len(curve.points) <= 8


@each_curve
def test_pixels_are_the_same_on_every_machine(curve: Curve, images: Images) -> None:
    """If this fails on purpose, raise VERSION: caches hold the old pixels."""
    digest = hashlib.sha256()
    for point in curve.points:
        digest.update(curve.applied(images, point, 0).tobytes())
    assert digest.hexdigest()[:16] == FINGERPRINTS[curve.name]


@each_curve
def test_unshifted_images_are_the_test_images(curve: Curve, images: Images) -> None:
    np.testing.assert_array_equal(curve.applied(images, curve.unshifted, 0), images)


@each_curve
def test_the_further_the_more(curve: Curve, digits: Dataset) -> None:
    clean = digits.test.images[:60]
    distances = [
        float(np.mean((curve.applied(clean, point, 0).astype(float) - clean) ** 2))
        for point in curve.points
    ]
    middle = curve.points.index(curve.unshifted)
    assert distances[: middle + 1] == sorted(distances[: middle + 1], reverse=True)
    assert distances[middle:] == sorted(distances[middle:])


@each_curve
def test_an_image_shifts_as_it_would_alone(curve: Curve, images: Images) -> None:
    whole = curve.applied(images, curve.points[-1], 3)
    np.testing.assert_array_equal(curve.applied(images[7:8], curve.points[-1], 3), whole[7:8])


def test_images_move_in_one_of_four_directions(digits: Dataset) -> None:
    dots = np.zeros((40, 28, 28), np.uint8)
    dots[:, 14, 14] = 255 - np.arange(40)
    for pixels in (1, 6):
        moved = BY_NAME["translate"].applied(dots, pixels, 0)
        places = {tuple(place) for place in (np.argwhere(moved)[:, 1:] - 14).tolist()}
        assert places == {(pixels, 0), (-pixels, 0), (0, pixels), (0, -pixels)}


def test_images_turn_to_both_sides() -> None:
    sticks = np.zeros((40, 28, 28), np.uint8)
    sticks[:, 4:14, 13:15] = 255 - np.arange(40, dtype=np.uint8)[:, None, None]
    turned = BY_NAME["rotate"].applied(sticks, 45, 0)
    to_the_right = turned[:, :, 14:].sum(axis=(1, 2)) > turned[:, :, :14].sum(axis=(1, 2))
    assert 10 < to_the_right.sum() < 30


def test_noise_has_the_stated_deviation() -> None:
    grey = np.full((20, 28, 28), 128, np.uint8)
    noisy = BY_NAME["noise"].applied(grey, 0.1, 0)
    assert noisy.std() == pytest.approx(25.5, rel=0.05)
    assert noisy.mean() == pytest.approx(128, abs=1)


def test_the_set_has_all_points_and_makes_none_of_the_unshifted(
    context: TestSetContext, digits: Dataset
) -> None:
    part = replace(digits, test=digits.test.part(slice(0, 10)))
    made = load_shifts(replace(context, options=ShiftOptions()), part)
    assert [(c.name, c.severity) for c in made.conditions] == [
        (curve.name, point) for curve in CURVES for point in curve.points
    ]
    unshifted = [c.key for c in made.conditions if c.images is None]
    assert unshifted == ["translate@0", "rotate@0", "scale@1", "thickness@0", "noise@0"]
    for condition in made.conditions:
        np.testing.assert_array_equal(condition.positions, np.arange(10))
        np.testing.assert_array_equal(condition.labels, part.test.labels)
        if condition.images is not None:
            assert condition.severity is not None
            expected = BY_NAME[condition.name].applied(part.test.images, condition.severity, 0)
            np.testing.assert_array_equal(condition.images, expected)


def test_some_of_the_curves(context: TestSetContext, digits: Dataset) -> None:
    options = ShiftOptions.model_validate({"only": "noise/scale"})
    part = replace(digits, test=digits.test.part(slice(0, 2)))
    made = load_shifts(replace(context, options=options), part)
    assert {condition.name for condition in made.conditions} == {"scale", "noise"}
    assert options.only == "scale/noise"


def test_an_unknown_curve_is_refused() -> None:
    with pytest.raises(ValidationError, match="there is no shift 'shear'"):
        ShiftOptions.model_validate({"only": "shear"})
