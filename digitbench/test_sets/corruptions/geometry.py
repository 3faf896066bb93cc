"""Corruptions of the place: slanted, turned, smaller, moved."""

import math

from digitbench.test_sets.imaging.draws import Draws
from digitbench.test_sets.imaging.pixels import changed_by_choice
from digitbench.test_sets.imaging.reading import moved, transformed
from digitbench.types import Images


def shear(images: Images, draws: Draws, radians: float) -> Images:
    """Slant by an angle, to the left or the right, which is drawn.

    As in MNIST-C, whose library turned one axis, the image gets taller by `1 / cos(radians)`.
    """

    def slanted(chosen: Images, choice: int) -> Images:
        angle = radians * (2 * choice - 1)
        return transformed(chosen, ((1, -math.sin(angle)), (0, math.cos(angle))))

    return changed_by_choice(images, draws.choices("direction", 2), slanted)


def rotate(images: Images, draws: Draws, radians: float) -> Images:
    """Turn about the centre, to the left or the right, which is drawn."""

    def turned(chosen: Images, choice: int) -> Images:
        angle = radians * (2 * choice - 1)
        sine, cosine = math.sin(angle), math.cos(angle)
        return transformed(chosen, ((cosine, -sine), (sine, cosine)))

    return changed_by_choice(images, draws.choices("direction", 2), turned)


def scale(images: Images, draws: Draws, factor: float) -> Images:
    """Make smaller about the centre, or larger; nothing is drawn."""
    del draws
    return transformed(images, ((1 / factor, 0), (0, 1 / factor)))


def translate(images: Images, draws: Draws, pixels: int) -> Images:
    """Move by whole pixels in both directions, towards one of four corners, which is drawn."""

    def towards(chosen: Images, corner: int) -> Images:
        down, right = divmod(corner, 2)
        return moved(chosen, pixels * (2 * down - 1), pixels * (2 * right - 1))

    return changed_by_choice(images, draws.choices("corner", 4), towards)
