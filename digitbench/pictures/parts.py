"""The connected parts of a picture's ink: which are no digit, and which make one together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

_EIGHT = np.ones((3, 3), bool)
_MOST_PARTS = 400
_SPECK_SHARE = 0.22  # of the largest part's longer side
_LEAST_SIDE_SHARE = 0.012  # of the picture's longer side
_LEAST_SIDE_PIXELS = 4
_LINE_ASPECT = 10.0
_LINE_SHARE = 0.45
_GROUND_EDGE_SHARE = 0.3
_WEDGE_EDGE_SHARE, _WEDGE_SHARE = 0.8, 0.25
_BLOB_SHARE = 0.45
_FAINT_SHARE = 0.45
_SMALL_SHARE = 0.6
_BAR_GAP_SHARE = 0.3


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels: rows from `top` up to `bottom`, columns from `left` up to `right`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def side(self) -> int:
        """The longer of both."""
        return max(self.width, self.height)

    def joined(self, other: "Box") -> "Box":
        """Return the smallest rectangle that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rectangle as an index of an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class Part:
    """Ink that hangs together.

    Attributes:
        labels: its numbers in the array of labels; several once parts are joined.
        box: where it lies.
        area: how many pixels it has.
        stroke: how thick its stroke is, in pixels.
        thickness: how thick its thickest place is, in pixels.
        darkness: its mean darkness.
        at_edge: how many of its pixels lie at the picture's edges.
    """

    labels: frozenset[int]
    box: Box
    area: int
    stroke: float
    thickness: float
    darkness: float
    at_edge: int

    def joined(self, other: "Part") -> "Part":
        """Return both as one."""
        area = self.area + other.area
        shares = self.area / area, other.area / area
        return Part(
            self.labels | other.labels,
            self.box.joined(other.box),
            area,
            shares[0] * self.stroke + shares[1] * other.stroke,
            max(self.thickness, other.thickness),
            shares[0] * self.darkness + shares[1] * other.darkness,
            self.at_edge + other.at_edge,
        )


def label_parts(
    mask: Mask, darkness: NDArray[np.float32]
) -> tuple[NDArray[np.int32], Sequence[Part]]:
    """Find the connected parts of a mask, the largest ones if there are very many.

    Args:
        mask: bool `(height, width)`, where ink is.
        darkness: float32 of the same shape.

    Returns:
        int32 of the same shape, 0 for no part; and the parts.
    """
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, _EIGHT, output=labels)
    distances = _edge_distances(mask)
    at_edge = np.ones_like(mask)
    at_edge[1:-1, 1:-1] = False

    def sums(values: NDArray[np.generic]) -> NDArray[np.float64]:
        weights = np.asarray(values, np.float64).ravel()
        return np.asarray(np.bincount(labels.ravel(), weights), np.float64)

    areas = np.bincount(labels.ravel())
    means = sums(distances) / areas, sums(darkness) / areas
    edges, boxes = sums(at_edge), ndimage.find_objects(labels)
    areas[0] = 0
    numbers = [n for n in np.argsort(-areas, kind="stable")[:_MOST_PARTS].tolist() if areas[n]]
    thickest = ndimage.maximum(distances, labels, numbers)
    return labels, [
        Part(
            frozenset((number,)),
            _box(boxes[number - 1]),
            int(areas[number]),
            _width(means[0][number]),
            2 * float(thickest[place]) - 1,
            float(means[1][number]),
            int(edges[number]),
        )
        for place, number in enumerate(numbers)
    ]


def stroke_width(mask: Mask) -> float:
    """Return how thick the strokes of a mask are, in pixels, on average.

    Across a stroke the distance to its edges rises to half its width and falls again: its mean is
    a quarter.

    Args:
        mask: bool `(height, width)`, with some pixels set.
    """
    return _width(_edge_distances(mask)[mask].mean())


def _width(mean_distance: float) -> float:
    return 4 * float(mean_distance) - 1


def _edge_distances(mask: Mask) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = ndimage.distance_transform_edt(np.pad(mask, 1))
    return distances[1:-1, 1:-1]


def _box(where: tuple[slice, slice]) -> Box:
    rows, columns = where
    return Box(columns.start, rows.start, columns.stop, rows.stop)


def without_other_things(parts: Sequence[Part], shape: tuple[int, int]) -> list[Part]:
    """Leave out what is no digit: the ground beside the paper, shadows, ruled lines, specks.

    Args:
        parts: what was found.
        shape: height and width of the picture.
    """
    kept = [part for part in parts if not is_ground(part, shape) and not _is_line(part, shape)]
    kept = _without_specks(kept, shape)
    darkest = max((part.darkness for part in kept), default=0.0)
    return [part for part in kept if part.darkness > _FAINT_SHARE * darkest]


def _without_specks(parts: Sequence[Part], shape: tuple[int, int]) -> list[Part]:
    largest = max((part.box.side for part in parts), default=0)
    least = max(_LEAST_SIDE_PIXELS, _LEAST_SIDE_SHARE * max(shape), 0.06 * largest)
    return [part for part in parts if part.box.side >= least]


def is_ground(part: Part, shape: tuple[int, int]) -> bool:
    """Tell whether a part is what lies beside the paper or falls onto it from an edge.

    Args:
        part: what was found.
        shape: height and width of the picture.
    """
    if not part.at_edge:
        return False
    around = part.at_edge > _GROUND_EDGE_SHARE * 2 * sum(shape)
    stout = part.thickness / part.box.side
    wedge = part.at_edge > _WEDGE_EDGE_SHARE * part.box.side and stout > _WEDGE_SHARE
    return around or wedge or stout > _BLOB_SHARE


def _is_line(part: Part, shape: tuple[int, int]) -> bool:
    """Tell whether a part is a ruled line: long for the picture, and nearly straight."""
    height, width = shape
    box = part.box
    lying = box.width > _LINE_SHARE * width and box.width > _LINE_ASPECT * box.height
    standing = box.height > 0.75 * height and box.height > _LINE_ASPECT * box.width
    return lying or standing


def joined_parts(parts: Iterable[Part]) -> list[Part]:
    """Join the parts that make one digit, such as the body of a 5 and its bar; drop lone specks."""
    waiting = sorted(parts, key=lambda part: -part.box.side)
    digits: list[Part] = []
    for part in waiting:
        for place, digit in enumerate(digits):
            if _belong_together(digit, part):
                digits[place] = digit.joined(part)
                break
        else:
            digits.append(part)
    largest = max((digit.box.side for digit in digits), default=0)
    return [digit for digit in digits if digit.box.side >= _SPECK_SHARE * largest]


def _belong_together(large: Part, small: Part) -> bool:
    """Tell whether a part belongs to one that is no smaller."""
    beside = max(large.box.left, small.box.left) - min(large.box.right, small.box.right)
    above = max(large.box.top, small.box.top) - min(large.box.bottom, small.box.bottom)
    gap = float(np.hypot(max(0, beside), max(0, above)))
    stroke = max(large.stroke, small.stroke)
    if gap <= 0.5 * stroke:
        return True
    if _is_bar(large, small) and gap < _BAR_GAP_SHARE * large.box.side:
        return True
    is_small = small.box.height < _SMALL_SHARE * large.box.height
    over = -beside > 0.5 * small.box.width
    return is_small and (over or above <= 0) and gap < max(1.5 * stroke, 0.12 * large.box.side)


def _is_bar(large: Part, small: Part) -> bool:
    """Tell whether a part may be the upper bar of a 5, which writers often set apart."""
    lies_high = small.box.bottom < large.box.top + 0.4 * large.box.height
    flat = small.box.width > 1.5 * small.box.height
    return lies_high and flat and small.box.width > 0.3 * large.box.height
