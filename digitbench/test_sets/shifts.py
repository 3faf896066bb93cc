"""The test set `shifts`: how accuracy falls as images are moved, turned, resized, redrawn or noisy.

Each curve has five to eight points; at one of them the images are the test images themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from digitbench.test_sets.chosen import chosen_names
from digitbench.test_sets.corruptions.geometry import rotate, scale
from digitbench.test_sets.imaging.draws import Draws, changed
from digitbench.test_sets.imaging.noise import normal
from digitbench.test_sets.imaging.pixels import changed_by_choice, to_pixels
from digitbench.test_sets.imaging.reading import moved
from digitbench.test_sets.imaging.strokes import with_stroke
from digitbench.test_sets.made import Change, Recipe, made_set
from digitbench.test_sets.options import ShiftOptions
from digitbench.types import IMAGE_SHAPE, Dataset, Images, TestSet, TestSetContext

VERSION = 1
"""Of the shifted pixels: to be raised when any of them changes."""

_FOUR_WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))


@dataclass(frozen=True)
class Curve:
    """One way to shift images, more and more.

    Attributes:
        name: the conditions' name.
        unshifted: where the images are the test images themselves.
        points: the severities, in the order of the curve.
        shift: shifts images, with random numbers and a severity.
    """

    name: str
    unshifted: float
    points: tuple[float, ...]
    shift: Callable[[Images, Draws, float], Images]

    def applied(self, images: Images, severity: float, seed: int) -> Images:
        """Shift images; each as it would be alone, and in the same direction at all severities.

        Args:
            images: uint8 `(n, 28, 28)`; never altered.
            severity: how much.
            seed: other seeds give other random numbers.
        """
        return changed(
            images,
            f"shifts/{self.name}/{seed}",
            lambda block, draws: self.shift(block, draws, severity),
        )


def _translate(images: Images, draws: Draws, pixels: float) -> Images:
    """Move by whole pixels up, down, to the left or to the right, which is drawn."""

    def towards(chosen: Images, way: int) -> Images:
        down, right = _FOUR_WAYS[way]
        return moved(chosen, int(pixels) * down, int(pixels) * right)

    return changed_by_choice(images, draws.choices("direction", len(_FOUR_WAYS)), towards)


def _rotate(images: Images, draws: Draws, degrees: float) -> Images:
    return rotate(images, draws, math.radians(degrees))


def _thickness(images: Images, draws: Draws, pixels: float) -> Images:
    del draws
    return with_stroke(images, pixels)


def _noise(images: Images, draws: Draws, std: float) -> Images:
    """Add normally distributed noise, whose standard deviation is a share of white."""
    return to_pixels(images + normal(draws.words("noise", *IMAGE_SHAPE), 0, std * 255) * 1.0)


CURVES = (
    Curve("translate", 0, (0, 1, 2, 3, 4, 5, 6), _translate),
    Curve("rotate", 0, (0, 5, 10, 15, 20, 30, 45), _rotate),
    Curve("scale", 1, (0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4), scale),
    Curve("thickness", 0, (-1.5, -1, -0.5, 0, 1, 2, 3, 4), _thickness),
    Curve("noise", 0, (0, 0.1, 0.2, 0.3, 0.4, 0.5), _noise),
)
"""In pixels, degrees to either side, sizes, pixels added to strokes, and shares of white."""

CURVE_NAMES = [curve.name for curve in CURVES]


def load_shifts(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Make the shifted test images of a data set.

    Raises:
        DatasetError: there are too many images.
    """
    options = context.options
    assert isinstance(options, ShiftOptions)  # noqa: S101 - what the specification says
    names = chosen_names(options.only, CURVE_NAMES)
    changes = [
        Change(
            curve.name,
            point,
            None
            if point == curve.unshifted
            else partial(curve.applied, severity=point, seed=options.seed),
        )
        for curve in CURVES
        if curve.name in names
        for point in curve.points
    ]
    return made_set(context.data, dataset, Recipe("shifts", VERSION, options.seed), changes)
