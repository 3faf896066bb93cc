"""How the models learn: a small plot for each metric of each model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitbench.analysis.curves import Curve, learning_curves
from digitbench.printable import printable
from digitbench.report.page.models import Model
from digitbench.report.page.scales import Scale, linear

_METRICS = 4
"""Plots of a model, at most."""
_POINTS = 200
"""Points of a line, at most."""
_LARGEST = 1e100
"""A figure beyond this lies at the edge: the loss of a training that goes astray."""


@dataclass(frozen=True, eq=False)
class CurvePlot:
    """A metric of a model along its epochs.

    Attributes:
        model: the model.
        metric: the metric's name, as its classifier gives it.
        x, y: the axes.
        mean: the mean over trials, a polyline in a square of 100, y downwards.
        band: between the lowest and the highest trial, a polygon likewise; empty for one trial.
        words: the plot in words; `values`: each point of `mean` in words.
    """

    model: Model
    metric: str
    x: Scale
    y: Scale
    mean: str
    band: str
    words: str
    values: tuple[str, ...]


def curve_plots(models: Sequence[Model]) -> tuple[CurvePlot, ...]:
    """Return the plots of the models whose classifiers tell of more than one epoch."""
    return tuple(
        _plot(model, curve)
        for model in models
        if model.ranked
        for curve in learning_curves(model.succeeded.outcomes.trials).metrics[:_METRICS]
        if len(curve.epochs) > 1
    )


def curve_notes(models: Sequence[Model]) -> tuple[str, ...]:
    """Say which figures became NaN or infinite: their curves end there."""
    return tuple(
        f"{printable(model.label)}: {printable(found.metric)} is NaN or infinite in {found.trials} "
        f"of {found.told} {'trial' if found.told == 1 else 'trials'}, first at "
        f"{found.first_epoch}: the training diverged there."
        for model in models
        if model.ranked
        for found in learning_curves(model.succeeded.outcomes.trials).not_finite
    )


def _plot(model: Model, curve: Curve) -> CurvePlot:
    x = linear([1.0, *curve.epochs.tolist()], label=lambda value: f"{value:g}", about=4)
    ends = np.clip([curve.minimum, curve.maximum], -_LARGEST, _LARGEST)
    y = linear(ends.ravel().tolist(), label=lambda value: f"{value:.6g}", about=4)
    every = -(-len(curve.epochs) // _POINTS)
    kept = sorted({*range(0, len(curve.epochs), every), len(curve.epochs) - 1})
    epochs = [float(curve.epochs[i]) for i in kept]
    mean = [float(curve.mean[i]) for i in kept]
    low = [float(curve.minimum[i]) for i in kept]
    high = [float(curve.maximum[i]) for i in kept]
    around = ""
    if low != high:
        around = f"{_line(x, y, epochs, high)} {_line(x, y, epochs[::-1], low[::-1])}"
    words = (
        f"{model.label}, {curve.metric}: from {mean[0]:.4g} at {epochs[0]:g} "
        f"to {mean[-1]:.4g} at {epochs[-1]:g}"
    )
    values = tuple(f"at {a:g}: {b:.4g}" for a, b in zip(epochs, mean, strict=True))
    return CurvePlot(model, curve.metric, x, y, _line(x, y, epochs, mean), around, words, values)


def _line(x: Scale, y: Scale, across: Sequence[float], up: Sequence[float]) -> str:
    places = zip(across, up, strict=True)
    return " ".join(f"{x.at(a):g},{round(100 - y.at(b), 2):g}" for a, b in places)
