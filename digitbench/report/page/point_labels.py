"""Labels beside the points of a plot: none covers another label, a marker or an edge.

Boxes are computed for the narrowest plot there is. A label hangs on a point in percent of the plot,
so that in a wider plot it takes a part of the same box, and still covers nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

WIDTH_PX, HEIGHT_PX = 270.0, 260.0
"""The plot: the narrowest, on a phone, and the height of all."""
_LETTER, _LINE = 100 * 7.3 / WIDTH_PX, 100 * 15.0 / HEIGHT_PX
"""The width of a letter and the height of a line, in percent of the plot."""
_MARKER = (100 * 8.0 / WIDTH_PX, 100 * 7.0 / HEIGHT_PX)
"""Half the width and height of a marker, likewise."""
_LONGEST = 22
"""Letters of a label that a plot shows."""
_STEPS = 16
"""Places along a leader line that are looked at."""
_LINES, _SIDEWAYS = range(-9, 10), (1, 2, 4, 7, 11, 16)
"""How far off its marker a label may stand: in lines, and in half widths of a marker."""
_LEADER_FROM = 1.6
"""A label that is more than so many lines away from its marker has a leader line."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True)
class PointLabel:
    """A label: its text, where it hangs in percent of the plot, and from which of its sides.

    Attributes:
        text: what it says, cut where it is long.
        x, y: the point on which it hangs.
        anchor: `start`, `middle` or `end`, as SVG has it.
        leader: whether a line leads from the marker to it.
    """

    text: str
    x: float
    y: float
    anchor: str
    leader: bool


def point_labels(
    points: Sequence[tuple[str, float, float]], *, lines: Sequence[Box] = ()
) -> list[PointLabel | None]:
    """Return a label for each point; None where there is no room for one.

    Args:
        points: text, and place in percent from the left and from the top; the first ones are
            placed first.
        lines: boxes that a label should not cover, and may where there is no better place.
    """
    across, down = _MARKER
    markers = [(x - across, y - down, x + across, y + down) for _, x, y in points]
    placed: list[Box] = []
    leaders: list[Box] = []
    labels: list[PointLabel | None] = []
    for place, (text, x, y) in enumerate(points):
        others = [*placed, *markers[:place], *markers[place + 1 :]]
        free = [
            (box, label, leader)
            for box, label in _choices(_cut(text), x, y)
            for leader in (_leader(label, x, y),)
            if _is_inside(box)
            and not _covers([box], [*others, *leaders, markers[place]])
            and not _covers(leader, others)
        ]
        if not free:
            labels.append(None)
            continue
        box, label, leader = next((f for f in free if not _covers([f[0]], lines)), free[0])
        labels.append(label)
        placed.append(box)
        leaders += leader
    return labels


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _choices(text: str, x: float, y: float) -> Iterator[tuple[Box, PointLabel]]:
    """Yield where a label may stand, the nearest places first."""
    width, (across, _) = _LETTER * len(text), _MARKER
    found = []
    for line, far in product(_LINES, _SIDEWAYS):
        for anchor, right in (("start", across * far), ("end", -across * far), ("middle", 0.0)):
            if anchor == "middle" and (far > 1 or not line):
                continue
            down = line * _LINE
            # A marker's size beside the point is as near as a line above it.
            distance = abs(line) + (far - 1) * 0.8
            left = x + right - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (left, y + down - _LINE / 2, left + width, y + down + _LINE / 2)
            label = PointLabel(text, x + right, y + down, anchor, distance > _LEADER_FROM)
            found.append((distance, box, label))
    found.sort(key=lambda choice: choice[0])
    return ((box, label) for _, box, label in found)


def _leader(label: PointLabel, x: float, y: float) -> list[Box]:
    """Return places along the leader line of a label; none if it has no such line."""
    if not label.leader:
        return []
    steps = (step / _STEPS for step in range(3, _STEPS))
    dots = ((x + share * (label.x - x), y + share * (label.y - y)) for share in steps)
    return [(across, down, across, down) for across, down in dots]


def _is_inside(box: Box) -> bool:
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= 100 and bottom <= 100  # noqa: PLR2004


def _covers(boxes: Iterable[Box], others: Collection[Box]) -> bool:
    return any(
        left < x and right > a and top < y and bottom > b
        for left, top, right, bottom in boxes
        for a, b, x, y in others
    )
