"""Finds the digits of a picture and makes MNIST-like images of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from digitbench.pictures.ink import Paper, find_paper, follow_edges, grain, reduced
from digitbench.pictures.mnist_form import mnist_form
from digitbench.pictures.parts import (
    Box,
    Part,
    is_ground,
    joined_parts,
    label_parts,
    without_other_things,
)
from digitbench.pictures.reading import Picture

_WORK_PIXELS = 800
_FINE_PIXELS = 96
_HALF = 0.5
_WIDE = 1.5  # of 1,000 digits of MNIST, eight are wider than this
_NOISE_MULTIPLE = 5.0
_LEAST_DARKNESS = 0.08
_THRESHOLD = 0.42
_TOO_BRIGHT = -0.25
_GROUND_SHARE = 0.02
_FULL_INK = 0.75
_NO_INK = 0.25


@dataclass(frozen=True, eq=False)
class FoundDigit:
    """A digit in a picture.

    Attributes:
        image: uint8 `(28, 28)`, made as MNIST's were: 0 for paper, 255 for ink.
        box: where it lies in the upright picture, in pixels.
        notes: what makes it doubtful, in words for people.
    """

    image: NDArray[np.uint8]
    box: Box
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """What was found in a picture.

    Attributes:
        digits: left to right; where there are several lines, from top to bottom.
        problems: why there are none, in words for people.
    """

    digits: tuple[FoundDigit, ...]
    problems: tuple[str, ...] = ()


def find_digits(picture: Picture) -> Reading:
    """Find the digits of a picture, whatever paper and light they are on.

    Args:
        picture: as `read_picture` returns it.
    """
    work = reduced(picture.grey, _WORK_PIXELS)
    page = _Page.inked(work, find_paper(work))
    if page is None:
        return Reading((), ("the page is blank",))
    digits = page.digits()
    if page.has_edges():
        stroke = max((digit.thickness for digit in digits), default=max(work.shape) / 16)
        followed = _Page.inked(work, follow_edges(page.paper, work, stroke))
        found = followed.digits() if followed else []
        if followed and found and len(found) >= len(digits):
            page, digits = followed, found
    if not digits:
        return Reading((), ("no digit was found: what is on the page looks like none",))
    return Reading(tuple(_cut_out(digit, page, picture) for digit in _in_order(digits)))


@dataclass(frozen=True, eq=False)
class _Page:
    """A picture, reduced, with its paper and the connected parts of its ink."""

    paper: Paper
    darkness: NDArray[np.float32]
    labels: NDArray[np.int32]
    parts: Sequence[Part]

    @classmethod
    def inked(cls, work: NDArray[np.uint8], paper: Paper) -> "_Page | None":
        """Find where the ink is; None if there is none."""
        darkness = paper.darkness(work)
        smooth = ndimage.gaussian_filter(darkness, min(1.0, max(work.shape) / 400))
        surface = paper.surface(work.shape)
        noise = grain(smooth * surface) / surface
        least = np.maximum(_LEAST_DARKNESS, _NOISE_MULTIPLE * noise)
        dark = smooth[smooth > least]
        if not len(dark):
            return None
        mask = smooth > np.maximum(least, _THRESHOLD * float(np.percentile(dark, 90)))
        return cls(paper, darkness, *label_parts(mask, smooth))

    def digits(self) -> list[Part]:
        """Return what may be a digit."""
        return joined_parts(without_other_things(self.parts, self.labels.shape))

    def has_edges(self) -> bool:
        """Tell whether something large is no ink, or too bright: the paper is not smooth."""
        shape = self.labels.shape
        least = _GROUND_SHARE * shape[0] * shape[1]
        if np.count_nonzero(self.darkness < _TOO_BRIGHT) > least:
            return True
        return any(part.area > least and is_ground(part, shape) for part in self.parts)


def _in_order(digits: Sequence[Part]) -> list[Part]:
    """Sort digits as they are read: line by line, each from left to right."""
    lines: list[list[Part]] = []
    for digit in sorted(digits, key=lambda part: part.box.top + part.box.bottom):
        middle = (digit.box.top + digit.box.bottom) / 2
        if lines and middle < max(other.box.bottom for other in lines[-1]):
            lines[-1].append(digit)
        else:
            lines.append([digit])
    return [digit for line in lines for digit in sorted(line, key=lambda part: part.box.left)]


def _cut_out(digit: Part, page: _Page, picture: Picture) -> FoundDigit:
    labels = page.labels
    height, width = labels.shape
    scale = picture.grey.shape[0] / height, picture.grey.shape[1] / width
    margin = round(2 + digit.stroke)
    box = digit.box
    around = Box(
        max(0, box.left - margin),
        max(0, box.top - margin),
        min(width, box.right + margin),
        min(height, box.bottom + margin),
    )
    own = np.isin(labels[around.slices], list(digit.labels))
    ink = page.darkness[around.slices]
    level = float(np.percentile(ink[own], 80))
    near = ndimage.binary_dilation(own, iterations=max(1, round(digit.stroke / 2)))
    near &= ~((labels[around.slices] > 0) & ~own)
    if box.side < _FINE_PIXELS and max(scale) > 1:
        ink, near = _finer(around, near, page.paper, picture, labels.shape)
    amount = np.clip((ink / level - _NO_INK) / (_FULL_INK - _NO_INK), 0, 1) * near
    full = Box(
        round(box.left * scale[1]),
        round(box.top * scale[0]),
        round(box.right * scale[1]),
        round(box.bottom * scale[0]),
    )
    return FoundDigit(mnist_form(amount.astype(np.float32)), full, _doubts(box, labels.shape))


def _finer(
    around: Box, near: NDArray[np.bool_], paper: Paper, picture: Picture, shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a small digit's darkness and place from the picture itself."""
    rows, columns = picture.grey.shape
    part = Box(
        around.left * columns // shape[1],
        around.top * rows // shape[0],
        around.right * columns // shape[1],
        around.bottom * rows // shape[0],
    )
    grey = reduced(picture.grey[part.slices], 2 * _FINE_PIXELS)
    share = part.left / columns, part.top / rows, part.right / columns, part.bottom / rows
    enlarged = Image.fromarray(near.astype(np.float32)).resize(grey.shape[::-1])
    return paper.darkness(grey, share), np.asarray(enlarged) > _HALF


def _doubts(box: Box, shape: tuple[int, int]) -> tuple[str, ...]:
    height, width = shape
    cut = box.left == 0 or box.top == 0 or box.right == width or box.bottom == height
    wide = box.width > _WIDE * box.height
    return (*(("cut by the edge",) if cut else ()), *(("wide for one digit",) if wide else ()))
