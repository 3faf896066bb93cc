"""How models learn: their figures epoch by epoch over trials, and the time to an accuracy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.summary import POSITIVE, Spread, spread
from digitbench.types import TrialResult

History = Sequence[Mapping[str, float]]

SECONDS = "seconds"
"""The entry of a history that is no metric: the time since `fit` began."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One metric along the way, over trials.

    Attributes:
        metric: its name in the history.
        epochs: those in which some trial tells it, counted from 1, `(n,)`; whatever the classifier
            counts in its history, such as the iterations of a solver.
        mean, minimum, maximum: over the trials that tell it in that epoch, `(n,)`. A figure that is
            not finite, such as the loss of a training that diverged, is not told.
        trials: how many those are, `(n,)`.
    """

    metric: str
    epochs: NDArray[np.intp]
    mean: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    trials: NDArray[np.intp]


@dataclass(frozen=True)
class NotFinite:
    """A metric that became NaN or infinite, as the loss of a training that diverges does.

    Attributes:
        metric: its name in the history.
        trials: in how many trials it did.
        told: how many trials tell the metric.
        first_epoch: the earliest epoch with such a figure, counted from 1.
    """

    metric: str
    trials: int
    told: int
    first_epoch: int


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """How a model learnt.

    Attributes:
        metrics: a curve for each metric, in the order in which the histories name them.
        seconds: the time since `fit` began at the end of each epoch; None if it is not told.
        not_finite: the metrics that became NaN or infinite, in the same order.
    """

    metrics: tuple[Curve, ...]
    seconds: Curve | None
    not_finite: tuple[NotFinite, ...] = ()


@dataclass(frozen=True)
class TimeToAccuracy:
    """How long a model takes to reach an accuracy.

    Attributes:
        metric: the metric that is meant.
        target: the accuracy, a fraction.
        trials: how many trials tell the metric.
        reached: how many of them reach the target.
        epochs: the first epoch that reaches it, over those trials; None if there are none.
        seconds: the time until the end of that epoch, over those of them that tell it, if any.
    """

    metric: str
    target: float
    trials: int
    reached: int
    epochs: Spread | None
    seconds: Spread | None


def learning_curves(trials: Iterable[TrialResult]) -> LearningCurves:
    """Return how a model learnt, from the histories of its trials.

    Trials may be of different lengths, and an entry may lack a metric that others have.
    """
    histories = [trial.history for trial in trials if trial.history]
    names = dict.fromkeys(name for history in histories for entry in history for name in entry)
    found = (_curve(name, [_series(history, name) for history in histories]) for name in names)
    curves = {curve.metric: curve for curve in found if len(curve.epochs)}
    seconds = curves.pop(SECONDS, None)
    astray = tuple(filter(None, (_not_finite(name, histories) for name in names)))
    return LearningCurves(tuple(curves.values()), seconds, astray)


def _not_finite(metric: str, histories: Sequence[History]) -> NotFinite | None:
    """Return where a metric became NaN or infinite; None if it did not."""
    told = [
        [epoch for epoch, entry in enumerate(history, 1) if not isfinite(entry.get(metric, 0.0))]
        for history in histories
        if any(metric in entry for entry in history)
    ]
    astray = [epochs[0] for epochs in told if epochs]
    return NotFinite(metric, len(astray), len(told), min(astray)) if astray else None


def accuracy_metric(trials: Iterable[TrialResult]) -> str | None:
    """Return which metric of the histories is an accuracy; None if none is.

    It is the first whose name holds `acc`; one on validation images (`val` in its name) goes before
    one on training images.
    """
    names = dict.fromkeys(name for trial in trials for entry in trial.history for name in entry)
    accuracies = [name for name in names if "acc" in name.lower()]
    return next((n for n in accuracies if "val" in n.lower()), next(iter(accuracies), None))


def time_to_accuracy(
    trials: Sequence[TrialResult], target: float, metric: str | None = None
) -> TimeToAccuracy | None:
    """Return how long a model takes to reach an accuracy.

    Args:
        trials: its trials.
        target: the accuracy, a fraction.
        metric: the metric that is meant; by default the one that `accuracy_metric` finds.

    Returns:
        The figures; None if no trial tells the metric.
    """
    metric = metric or accuracy_metric(trials)
    told = [trial.history for trial in trials if any(metric in entry for entry in trial.history)]
    if metric is None or not told:
        return None
    epochs, seconds = [], []
    for history in told:
        enough = np.flatnonzero(_series(history, metric) >= target)
        if len(enough):
            epochs.append(float(enough[0] + 1))
            elapsed = _series(history, SECONDS)[enough[0]]
            seconds += [float(elapsed)] if np.isfinite(elapsed) else []
    return TimeToAccuracy(
        metric=metric,
        target=target,
        trials=len(told),
        reached=len(epochs),
        epochs=spread(epochs, within=POSITIVE) if epochs else None,
        seconds=spread(seconds, within=POSITIVE) if seconds else None,
    )


def _series(history: History, name: str) -> NDArray[np.float64]:
    """Return a metric by epoch, NaN where it is not told, `(n_epochs,)`."""
    return np.array([entry.get(name, np.nan) for entry in history], np.float64)


def _curve(metric: str, series: Sequence[NDArray[np.float64]]) -> Curve:
    values = np.full((len(series), max(map(len, series))), np.nan)
    for row, figures in zip(values, series, strict=True):
        row[: len(figures)] = figures
    told = np.isfinite(values)
    epochs = np.flatnonzero(told.any(axis=0))
    values, told = values[:, epochs], told[:, epochs]
    trials = told.sum(axis=0)
    return Curve(
        metric=metric,
        epochs=epochs + 1,
        mean=np.where(told, values, 0).sum(axis=0) / trials,
        minimum=np.where(told, values, np.inf).min(axis=0),
        maximum=np.where(told, values, -np.inf).max(axis=0),
        trials=trials,
    )
