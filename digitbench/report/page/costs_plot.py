"""Accuracy against what it costs, with the models that no other beats in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from digitbench.analysis.costs import standings
from digitbench.metrics import BYTES, COSTS, SECONDS, Metric
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.point_labels import PointLabel, point_labels
from digitbench.report.page.scales import Scale, accuracies, durations, linear, sizes

_MARGIN = 1.4
"""How far the axis of accuracies reaches beyond the models, as a factor of the errors."""


@dataclass(frozen=True, eq=False)
class CostPoint:
    """A model in the plot.

    Attributes:
        model: the model.
        x, y: its place, in percent from the left and from the top.
        on_front: whether no other model is as accurate for less, or more so for as much.
        label: its label; None where there is no room for it.
        words: its figures in words.
    """

    model: Model
    x: float
    y: float
    on_front: bool
    label: PointLabel | None
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
    """Put a label beside each marker, those of the front first."""
    order = sorted(range(len(placed)), key=lambda i: placed[i][0].label not in front)
    lines = [
        (min(x, right), min(y, down), max(x, right), max(y, down))
        for (x, y), (right, down) in pairwise(corners)
    ]
    found = point_labels([(placed[i][0].name, *placed[i][1:]) for i in order], lines=lines)
    labels = dict(zip(order, found, strict=True))
    return tuple(
        CostPoint(model, x, y, model.label in front, labels[i], told)
        for i, ((model, x, y), told) in enumerate(zip(placed, words, strict=True))
    )
