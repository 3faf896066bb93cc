"""Mean corruption error: errors on corrupted images relative to those of a reference model.

As Hendrycks & Dietterich (2019, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", section 4.2) define it: for each corruption, the errors at all severities are added
and divided by the same sum of the reference model; the mean of these ratios over the corruptions is
the mean corruption error. Of the relative one, each model's error on clean images is first taken
off its errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

import numpy as np
import scipy
from numpy.typing import NDArray

from digitbench.analysis.difference_variance import difference_of
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.scores import by_label, mean_over
from digitbench.analysis.set_analysis import SetAnalysis
from digitbench.analysis.summary import CONFIDENCE
from digitbench.errors import UsageError

DEFAULT_REFERENCE = "softmax"
_FEWEST_NAMES = 2

Figures = NDArray[np.float64]
"""A figure of each trial of a model, `(n_trials,)`."""


@dataclass(frozen=True)
class CorruptionError:
    """The corruption errors of a model; 1 is as many errors as the reference model makes.

    Attributes:
        model: its label.
        reference: that of the reference model.
        mean: the mean corruption error.
        std: its standard deviation over trials (n - 1), with the reference model's mean errors;
            None for a single trial.
        interval: 95 % interval of `mean` for further trials and images, by the delta method; None
            where a spread over trials is not known. That of the reference model is 1 alone.
        relative: the relative mean corruption error; None where the reference model loses nothing
            by some corruption.
        relative_std: its standard deviation over trials; None likewise.
        by_name: the corruption error of each corruption, in the order of the plan.
    """

    model: str
    reference: str
    mean: float
    std: float | None
    interval: tuple[float, float] | None
    relative: float | None
    relative_std: float | None
    by_name: dict[str, float]


def reference_model(test: Sequence[Outcomes], name: str | None = None) -> Outcomes | None:
    """Return the model that errors are relative to.

    Args:
        test: outcomes on the test images, of all models.
        name: its label; None for `softmax` if it is among them, else the least accurate one.

    Returns:
        The model; None if there is no model at all.

    Raises:
        UsageError: none of that label has a trial that succeeded.
    """
    if name is not None:
        if name not in (models := by_label(test)):
            raise UsageError(f"no model {name} to be relative to; there are: {', '.join(models)}")
        return models[name]
    softmax = [model for model in test if model.planned.name == DEFAULT_REFERENCE]
    return min(softmax or test, key=lambda model: model.accuracy, default=None)


def corruption_errors(
    found: SetAnalysis, reference: Outcomes | None = None
) -> tuple[CorruptionError, ...]:
    """Return the corruption errors of each model on a test set, by plan.

    Empty where they mean nothing: a set of fewer than two names of conditions, of names that have
    different numbers of severities, as curves have, or whose conditions do not show the same
    images, made of test images; and where the reference model was not tested or has no error in
    some corruption.

    Args:
        found: the set.
        reference: the model they are relative to; None for that of `reference_model`.
    """
    reference = reference or reference_model(found.test)
    if reference is None or not found.paired or len(found.by_name) < _FEWEST_NAMES:
        return ()
    if len({len(part.conditions) for part in found.by_name.values()}) > 1:
        return ()
    models = [model.label for model in found.models]
    if reference.label not in models:
        return ()
    table = _Table(found, reference.label)
    if not all(table.reference_errors):
        return ()
    return tuple(table.of_model(label) for label in models)


class _Table:
    """Errors by model, corruption and trial."""

    def __init__(self, found: SetAnalysis, reference: str) -> None:
        self._reference = reference
        self._clean = by_label(found.test)
        self._by_name = {
            name: [by_label(condition.models) for condition in part.conditions]
            for name, part in found.by_name.items()
        }
        self.reference_errors = [float(errors.mean()) for errors in self._errors(reference)]
        self._reference_losses = [float(losses.mean()) for losses in self._losses(reference)]

    def of_model(self, label: str) -> CorruptionError:
        """Return the corruption errors of a model."""
        errors = self._errors(label)
        ratios = [
            float(one.mean()) / least
            for one, least in zip(errors, self.reference_errors, strict=True)
        ]
        relative = relative_std = None
        if min(self._reference_losses) > 0:
            relatives = _means_of_ratios(self._losses(label), self._reference_losses)
            relative, relative_std = fmean(relatives), _std(relatives)
        return CorruptionError(
            model=label,
            reference=self._reference,
            mean=fmean(ratios),
            std=_std(_means_of_ratios(errors, self.reference_errors)),
            interval=self._interval(label, ratios),
            relative=relative,
            relative_std=relative_std,
            by_name=dict(zip(self._by_name, ratios, strict=True)),
        )

    def _errors(self, label: str) -> list[Figures]:
        """Return a model's errors, added up over severities, by corruption and trial."""
        return [
            np.sum([1 - condition[label].accuracies for condition in conditions], axis=0)
            for conditions in self._by_name.values()
        ]

    def _losses(self, label: str) -> list[Figures]:
        """Return the same with the error on the test images taken off at each severity."""
        first = next(iter(self._by_name.values()))[0][label]
        there = self._clean[label].of_trials({trial.spec.trial for trial in first.trials})
        return [
            errors - len(conditions) * (1 - there.accuracies)
            for errors, conditions in zip(self._errors(label), self._by_name.values(), strict=True)
        ]

    def _interval(self, label: str, ratios: Sequence[float]) -> tuple[float, float] | None:
        """Return the interval of a mean corruption error.

        With the errors E of the model and R of the reference model by corruption, the mean of E/R
        over K corruptions changes by the sum of dE/(K R) - E dR/(K R²): a difference of two
        weighted means over the same images.
        """
        if label == self._reference:
            return 1.0, 1.0
        count = len(ratios)
        model, reference = [], []
        for ratio, of, conditions in zip(
            ratios, self.reference_errors, self._by_name.values(), strict=True
        ):
            model += [(condition[label], 1 / (count * of)) for condition in conditions]
            reference += [
                (condition[self._reference], ratio / (count * of)) for condition in conditions
            ]
        variance = difference_of(_weighted(model), _weighted(reference)).total(careful=False)
        if variance is None:
            return None
        quantile = float(scipy.special.stdtrit(variance.freedom, (1 + CONFIDENCE) / 2))
        mean, half_width = fmean(ratios), quantile * sqrt(variance.value)
        return max(0.0, mean - half_width), mean + half_width


def _weighted(parts: Sequence[tuple[Outcomes, float]]) -> Outcomes:
    return mean_over([model for model, _ in parts], [weight for _, weight in parts])


def _means_of_ratios(figures: Sequence[Figures], of: Sequence[float]) -> list[float]:
    """Return for each trial the mean over corruptions of its figure over that of the reference."""
    ratios = [one / least for one, least in zip(figures, of, strict=True)]
    means: list[float] = np.mean(ratios, axis=0).tolist()
    return means


def _std(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None
