"""A run drawn with matplotlib: accuracy by model, or over the values of one option."""

from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.sequential import compare_run
from digitbench.errors import UsageError
from digitbench.report.frames import extra
from digitbench.report.populations import population_of
from digitbench.types import RunRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FAR_APART = 100
"""How many times the first value of an option the last must be for a logarithmic axis."""
_FEWEST = 3
"""Models that make a sweep."""


def plot(record: RunRecord, axes: "Axes | None" = None) -> "Axes":
    """Draw the accuracy of each trial with the 95 % interval of each mean.

    Of a sweep, whose models differ in nothing but one option with numbers, it is drawn over the
    values of the option.

    Args:
        record: the run.
        axes: where to draw; None for a new figure.

    Raises:
        UsageError: no trial succeeded, or matplotlib is not installed.
    """
    comparison = compare_run(record)
    if not comparison.models:
        raise UsageError(f"no trial of {record.id} succeeded: there is nothing to plot")
    pyplot = extra("matplotlib.pyplot")
    swept = swept_option(record)
    if axes is None:
        height = 4.0 if swept else 1.2 + 0.45 * len(comparison.models)
        axes = pyplot.subplots(figsize=(7, height), layout="constrained")[1]
    drawn = cast("Axes", axes)
    if swept is None:
        _by_model(comparison, drawn)
    else:
        _over_values(comparison, swept, drawn)
    drawn.set_title(f"{record.plan.dataset.name}: 95 % intervals for {population_of(comparison)}")
    return drawn


def swept_option(record: RunRecord) -> str | None:
    """Return the option that a run sweeps: the one in which its models differ, a number in each."""
    models = record.plan.models
    names = {name for model in models for name in model.options}
    differing = [
        name for name in names if len({repr(model.options.get(name)) for model in models}) > 1
    ]
    if len(models) < _FEWEST or len(differing) != 1:
        return None
    values = [model.options.get(differing[0]) for model in models]
    numeric = all(isinstance(value, Real) and not isinstance(value, bool) for value in values)
    return differing[0] if numeric else None


def _by_model(comparison: Comparison, axes: "Axes") -> None:
    labels = [model.outcomes.label for model in comparison.models]
    for place, model in enumerate(reversed(comparison.models)):
        accuracies = 100 * model.outcomes.accuracies
        axes.plot(accuracies, np.full(len(accuracies), place), "o", color="0.6", markersize=4)
        mean, low, high = _percent(model)
        axes.errorbar(
            mean, place, xerr=[[mean - low], [high - mean]], fmt="D", color="C0", capsize=4
        )
    axes.set_yticks(range(len(labels)), labels[::-1])
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.set_xlabel("accuracy, %")


def _over_values(comparison: Comparison, option: str, axes: "Axes") -> None:
    def value_of(model: Ranked) -> float:
        return float(cast("Any", model.outcomes.planned.options[option]))

    models = sorted(comparison.models, key=value_of)
    values = [value_of(model) for model in models]
    for model, value in zip(models, values, strict=True):
        accuracies = 100 * model.outcomes.accuracies
        axes.plot(np.full(len(accuracies), value), accuracies, "o", color="0.6", markersize=4)
    means, lows, highs = np.array([_percent(model) for model in models]).T
    axes.errorbar(
        values, means, yerr=[means - lows, highs - means], fmt="D-", color="C0", capsize=4
    )
    if values[0] > 0 and values[-1] / values[0] >= _FAR_APART:
        axes.set_xscale("log")
    axes.set_xlabel(option)
    axes.set_ylabel("accuracy, %")


def _percent(model: Ranked) -> tuple[float, float, float]:
    """Return a mean with the ends of its interval, in percent; they are one where it is unknown."""
    mean = model.uncertainty.mean
    low, high = model.uncertainty.interval or (mean, mean)
    return 100 * mean, 100 * low, 100 * high
