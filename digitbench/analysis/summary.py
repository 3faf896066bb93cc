"""Summaries of a run's models: mean, spread and interval of accuracy, and cost.

Everything is computed from the trials' predictions. Accuracies are fractions here; people see
percent.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt
from statistics import fmean, stdev

import scipy

from digitbench.metrics import ACCURACY, METRICS, NOTHING_COMPUTED, Computed, Metric
from digitbench.types import (
    Labels,
    PlannedModel,
    PublishedResult,
    RunPlan,
    RunRecord,
    TrialResult,
)

CONFIDENCE = 0.95
FRACTION = (0.0, 1.0)
"""Where the mean of fractions lies, whatever a t interval of a few of them says."""
POSITIVE = (0.0, inf)
"""Where the mean of times and counts lies."""


@dataclass(frozen=True)
class Spread:
    """Mean and spread of one figure over trials.

    Attributes:
        mean, minimum, maximum: of the values.
        std: sample standard deviation (ddof=1); None for a single value.
        interval: t interval of the mean, of 95 % by default, within what the mean can be; None
            for a single value.
    """

    mean: float
    minimum: float
    maximum: float
    std: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class ModelSummary:
    """One row of the comparison.

    Attributes:
        planned: the model as planned.
        trials_planned: how many trials it was to have.
        runs_once: whether nothing that varies changes it, so that one trial says it all.
        trials: its finished trials, failed ones included, by number.
        metrics: those there are of it, digitbench's own and then those of plugins.
        test_labels: the right digits, uint8 `(n_images,)`.
        computed: what the metrics of plugins are.
        overlap: what share of their training images trials have in common by resampling; None
            where all had all.
        published: published accuracies for the very data that were used.
    """

    planned: PlannedModel
    trials_planned: int
    runs_once: bool
    trials: tuple[TrialResult, ...]
    metrics: tuple[Metric, ...]
    test_labels: Labels
    computed: Computed
    overlap: float | None
    published: PublishedResult | None

    def figure(self, metric: Metric) -> float | None:
        """Return the model's figure over its trials; None if no trial tells."""
        values = self._known(metric)
        return metric.aggregate(values) if values else None

    def spread(self, metric: Metric) -> Spread | None:
        """Return mean and spread over the trials; None if no trial tells.

        The interval covers the spread over what varies on this test set, not the sampling of the
        test set.
        """
        values = self._known(metric)
        overlap = self.overlap if metric.of_predictions else None
        return spread(values, overlap, within=metric.within) if values else None

    def told(self, metric: Metric) -> dict[str, float | None]:
        """Return all that is told of a metric, by the metric's `fields`."""
        if not metric.statistics:
            return {metric.key: self.figure(metric)}
        found = self.spread(metric)
        if found is None:
            return dict.fromkeys(metric.fields)
        low, high = found.interval or (None, None)
        figures = {
            "mean": found.mean,
            "std": found.std,
            "min": found.minimum,
            "max": found.maximum,
            "interval_low": low,
            "interval_high": high,
        }
        return {key: figures[key.removeprefix(f"{metric.key}_")] for key in metric.fields}

    def values(self, metric: Metric) -> list[float | None]:
        """Return the value of each trial; None of one that failed, or where it was not measured."""
        if metric in METRICS:
            return [
                None if trial.status == "failed" else metric.read(trial, self.test_labels)
                for trial in self.trials
            ]
        of_trial = self.computed.values
        return [
            of_trial.get((trial.spec.model, trial.spec.trial), {}).get(metric.key)
            for trial in self.trials
        ]

    def _known(self, metric: Metric) -> list[float]:
        """Return the values of the trials that tell."""
        if metric.key not in self._columns:
            told = [value for value in self.values(metric) if value is not None]
            self._columns[metric.key] = told
        return self._columns[metric.key]

    @cached_property
    def _columns(self) -> dict[str, list[float]]:
        return {}

    @cached_property
    def accuracy(self) -> Spread | None:
        """Its accuracies, fractions; None if no trial succeeded."""
        return self.spread(ACCURACY)

    @property
    def succeeded(self) -> tuple[TrialResult, ...]:
        """The trials that succeeded."""
        return tuple(trial for trial in self.trials if trial.status == "ok")

    @property
    def failed(self) -> tuple[TrialResult, ...]:
        """The trials that failed."""
        return tuple(trial for trial in self.trials if trial.status == "failed")

    @property
    def reused(self) -> dict[str, int]:
        """How many trials were taken from which earlier runs."""
        return dict(Counter(t.reused_from for t in self.trials if t.reused_from is not None))


def variance_factor(n_values: int, overlap: float | None) -> float:
    """Return what a sample variance is multiplied by to give that of the values' mean.

    1/n for n independent values. Those of training sets that are resampled from one set, and
    overlap, correlate by some rho; the factor is then 1/n + rho/(1 - rho) (Nadeau & Bengio 2003,
    "Inference for the Generalization Error", section 3, whose rho is that of test sets that
    overlap).

    Args:
        n_values: how many values there are.
        overlap: the rho; None for independent values.
    """
    return 1 / n_values if overlap is None else 1 / n_values + overlap / (1 - overlap)


def spread(
    values: Sequence[float],
    overlap: float | None = None,
    confidence: float = CONFIDENCE,
    within: tuple[float, float] = (-inf, inf),
) -> Spread:
    """Return mean, sample standard deviation, range and t interval of the mean.

    The interval is mean +/- t(1 - alpha/2, n - 1) * std * sqrt(variance_factor), cut off where the
    mean cannot be: what is cut off holds no possible mean, so that the interval covers as often.

    Args:
        values: one figure of each trial.
        overlap: what share of their training images the trials have in common by resampling; None
            where all had all.
        confidence: of the interval.
        within: the least and the greatest value that a mean can have.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    mean = fmean(values)
    std = interval = None
    if len(values) > 1:
        std = stdev(values)
        quantile = float(scipy.special.stdtrit(len(values) - 1, (1 + confidence) / 2))
        half_width = quantile * std * sqrt(variance_factor(len(values), overlap))
        interval = (max(within[0], mean - half_width), min(within[1], mean + half_width))
    return Spread(mean, min(values), max(values), std, interval)


def summarise(record: RunRecord, computed: Computed = NOTHING_COMPUTED) -> tuple[ModelSummary, ...]:
    """Summarise each model of a run, in the order of the plan.

    Args:
        record: the run, read with its predictions.
        computed: what the metrics of plugins are in it.
    """
    if record.test_labels is None:
        raise ValueError("the record has no test labels; read it with digitbench.store.read_run")
    return tuple(
        _summarise_model(record, model, record.test_labels, computed)
        for model in record.plan.models
    )


def _summarise_model(
    record: RunRecord, model: PlannedModel, test_labels: Labels, computed: Computed
) -> ModelSummary:
    trials = sorted(
        (result for result in record.results if result.spec.model == model.label),
        key=lambda result: result.spec.trial,
    )
    resampling = record.plan.resampling
    return ModelSummary(
        planned=model,
        trials_planned=record.plan.trials_of(model),
        runs_once=record.plan.runs_once(model),
        trials=tuple(trials),
        metrics=(*METRICS, *computed.metrics),
        test_labels=test_labels,
        computed=computed,
        overlap=None if resampling is None else resampling.overlap,
        published=_comparable(model.published, record.plan),
    )


def _comparable(published: PublishedResult | None, plan: RunPlan) -> PublishedResult | None:
    """Return published figures only where they are for the very data that were used."""
    dataset = plan.dataset
    if published is None or not dataset.canonical or published.dataset != dataset.name:
        return None
    if plan.resampling is not None:
        return None
    return published
