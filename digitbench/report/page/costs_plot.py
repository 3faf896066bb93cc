"""Accuracy against what it costs, with the models that no other beats in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from digitbench.analysis.costs import standings
from digitbench.metrics import BYTES, COSTS, SECONDS, Metric
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.scales import Scale, accuracies, durations, linear, sizes

_LETTER, _LINE = 2.1, 9.0
"""Width and height of a label's letter and line, in percent of a plot; a plot is 20 rem wide."""
_PLACES = (
    ("middle", 0.0, -8.5),
    ("end", -4.0, -1.0),
    ("end", -2.0, -8.5),
    ("start", 4.0, 6.0),
    ("start", 4.0, 0.0),
    ("middle", 0.0, 9.0),
)
"""Where a label may stand beside its marker: its anchor, and how far off, in percent."""
_MARGIN = 1.4
"""How far the axis of accuracies reaches beyond the models, as a factor of the errors."""
_LONGEST = 18
"""Letters of a label that a plot shows."""


@dataclass(frozen=True, eq=False)
class CostPoint:
    """A model in the plot.

    Attributes:
        model: the model.
        x, y: its place, in percent from the left and from the top.
        on_front: whether no other model is as accurate for less, or more so for as much.
        anchor, label_x, label_y: where its label stands.
        label: what that says.
        words: its figures in words.
    """

    model: Model
    x: float
    y: float
    on_front: bool
    anchor: str
    label_x: float
    label_y: float
    label: str
    words: str


@dataclass(frozen=True, eq=False)
class CostPlot:
    """Accuracy against one cost.

    Attributes:
        title: which.
        scale: of the cost.
        accuracy: the other.
        points: the models.
        front: the Pareto front as a polyline in a square of 100, y downwards.
        words: the plot in words.
    """

    title: str
    scale: Scale
    accuracy: Scale
    points: tuple[CostPoint, ...]
    front: str
    words: str


def cost_plots(models: Sequence[Model]) -> tuple[CostPlot, ...]:
    """Return a plot for each cost that was measured of some model."""
    return tuple(
        _plot(kind, shown)
        for kind in COSTS
        if (shown := [m for m in models if m.ranked and m.summary.figure(kind) is not None])
    )


def _plot(kind: Metric, models: Sequence[Model]) -> CostPlot:
    costs = [model.summary.figure(kind) or 0.0 for model in models]
    means = [model.succeeded.uncertainty.mean for model in models]
    scale = _scale(kind, costs)
    images = len(models[0].succeeded.outcomes.labels)
    errors = [1 - mean for mean in means]
    around = [1 - _MARGIN * max(errors), 1 - min(errors) / _MARGIN]
    vertical = accuracies([*means, *around], n_images=images)
    found = standings([model.summary for model in models], [kind])
    front = {standing.model.planned.label for standing in found if standing.on_front}
    placed = [
        (model, scale.at(figure), round(100 - vertical.at(mean), 2))
        for model, figure, mean in zip(models, costs, means, strict=True)
    ]
    corners = _steps(sorted((x, y) for model, x, y in placed if model.label in front))
    words = [
        f"{model.label}: {formatting.percent(mean)} %, {formatting.amount(kind.unit, figure)}"
        + (", on the front" if model.label in front else "")
        for model, figure, mean in zip(models, costs, means, strict=True)
    ]
    return CostPlot(
        title=kind.name,
        scale=scale,
        accuracy=vertical,
        points=_labelled(placed, words, front, corners),
        front=" ".join(f"{x:g},{y:g}" for x, y in corners),
        words="; ".join(words),
    )


def _scale(kind: Metric, costs: Sequence[float]) -> Scale:
    if kind.unit == SECONDS:
        return durations(costs)
    if kind.unit == BYTES:
        return sizes(costs)
    return linear(costs, label=partial(formatting.amount, kind.unit))


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of the front as steps: what accuracy so much cost buys."""
    corners: list[tuple[float, float]] = []
    for x, y in points:
        corners += [(x, corners[-1][1] if corners else 100.0), (x, y)]
    return [*corners, (100.0, corners[-1][1])]


def _labelled(
    placed: Sequence[tuple[Model, float, float]],
    words: Sequence[str],
    front: set[str],
    corners: Sequence[tuple[float, float]],
) -> tuple[CostPoint, ...]:
    """Put a label beside each marker, where it covers no other if there is such a place."""
    taken = [(x - 2.5, y - 4, x + 2.5, y + 4) for _, x, y in placed]
    taken += [
        (min(x, right), min(y, down), max(x, right), max(y, down))
        for (x, y), (right, down) in pairwise(corners)
    ]
    points = []
    for (model, x, y), told in zip(placed, words, strict=True):
        label = model.label
        if len(label) > _LONGEST:
            label = f"{label[: _LONGEST - 1]}…"
        boxes = [(place, _box(x, y, place, label)) for place in _PLACES]
        place, box = min(boxes, key=lambda choice: _overlaps(choice[1], taken))
        taken.append(box)
        anchor, right, down = place
        points.append(
            CostPoint(model, x, y, model.label in front, anchor, x + right, y + down, label, told)
        )
    return tuple(points)


def _box(
    x: float, y: float, place: tuple[str, float, float], label: str
) -> tuple[float, float, float, float]:
    anchor, right, down = place
    width = _LETTER * len(label)
    left = x + right - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return left, y + down - _LINE / 2, left + width, y + down + _LINE / 2


def _overlaps(
    box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]
) -> float:
    """Return how many boxes a box covers, one more for each edge of the plot that it crosses."""
    left, top, right, bottom = box
    hits = sum(left < r and right > x and top < b and bottom > y for x, y, r, b in taken)
    return hits + 1.5 * ((left < 0) + (right > 104) + (top < -4) + (bottom > 104))  # noqa: PLR2004
