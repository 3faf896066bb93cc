"""Summaries of a run's models: mean, spread and interval of accuracy, and cost.

Everything is computed from the trials' predictions. Accuracies are fractions here; people see
percent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, median, stdev
from typing import TypeVar

import numpy as np
import scipy

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

T = TypeVar("T")


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
        accuracy: over the trials that succeeded, fractions; None if none did. The interval
            covers the spread over what varies on this test set, not the sampling of the test set.
        fit_seconds: likewise.
        fit_cpu_seconds: mean over trials.
        predict_seconds_per_image, predict_cpu_seconds_per_image: mean over trials, in batch.
        latency_median_seconds, latency_p95_seconds: of a single image; the median of the trials'
            medians and of their 95th percentiles.
        n_parameters: of the first trial that tells.
        model_size_bytes: likewise.
        peak_memory_bytes: the highest of the trials; None where it was not measured.
        published: published accuracies for the very data that were used.
    """

    planned: PlannedModel
    trials_planned: int
    runs_once: bool
    trials: tuple[TrialResult, ...]
    accuracy: Spread | None
    fit_seconds: Spread | None
    fit_cpu_seconds: float | None
    predict_seconds_per_image: float | None
    predict_cpu_seconds_per_image: float | None
    latency_median_seconds: float | None
    latency_p95_seconds: float | None
    n_parameters: int | None
    model_size_bytes: int | None
    peak_memory_bytes: int | None
    published: PublishedResult | None

    @property
    def succeeded(self) -> tuple[TrialResult, ...]:
        """The trials that succeeded."""
        return tuple(trial for trial in self.trials if trial.status == "ok")

    @property
    def failed(self) -> tuple[TrialResult, ...]:
        """The trials that failed."""
        return tuple(trial for trial in self.trials if trial.status == "failed")

    @property
    def predict_images_per_second(self) -> float | None:
        """How many images are predicted in a second, in batch; None if that was not measured."""
        return 1 / self.predict_seconds_per_image if self.predict_seconds_per_image else None

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


def summarise(record: RunRecord) -> tuple[ModelSummary, ...]:
    """Summarise each model of a run, in the order of the plan."""
    if record.test_labels is None:
        raise ValueError("the record has no test labels; read it with digitbench.store.read_run")
    return tuple(
        _summarise_model(record, model, record.test_labels) for model in record.plan.models
    )


def _summarise_model(record: RunRecord, model: PlannedModel, test_labels: Labels) -> ModelSummary:
    trials = sorted(
        (result for result in record.results if result.spec.model == model.label),
        key=lambda result: result.spec.trial,
    )
    done = [trial for trial in trials if trial.status == "ok"]
    accuracies = [
        float(np.mean(trial.predictions == test_labels))
        for trial in done
        if trial.predictions is not None
    ]
    fit_seconds = _known(trial.fit_seconds for trial in done)
    fit_cpu_seconds = _known(trial.fit_cpu_seconds for trial in done)
    latency_medians = _known(trial.latency_median_seconds for trial in done)
    latency_p95s = _known(trial.latency_p95_seconds for trial in done)
    images = len(test_labels)
    resampling = record.plan.resampling
    overlap = None if resampling is None else resampling.overlap
    return ModelSummary(
        planned=model,
        trials_planned=record.plan.trials_of(model),
        runs_once=record.plan.runs_once(model),
        trials=tuple(trials),
        accuracy=spread(accuracies, overlap, within=FRACTION) if accuracies else None,
        fit_seconds=spread(fit_seconds, within=POSITIVE) if fit_seconds else None,
        fit_cpu_seconds=fmean(fit_cpu_seconds) if fit_cpu_seconds else None,
        predict_seconds_per_image=_per_image((t.predict_seconds for t in done), images),
        predict_cpu_seconds_per_image=_per_image((t.predict_cpu_seconds for t in done), images),
        latency_median_seconds=median(latency_medians) if latency_medians else None,
        latency_p95_seconds=median(latency_p95s) if latency_p95s else None,
        n_parameters=next(iter(_known(trial.n_parameters for trial in done)), None),
        model_size_bytes=next(iter(_known(trial.model_size_bytes for trial in done)), None),
        peak_memory_bytes=max(_known(trial.peak_memory_bytes for trial in done), default=None),
        published=_comparable(model.published, record.plan),
    )


def _known(figures: Iterable[T | None]) -> list[T]:
    return [figure for figure in figures if figure is not None]


def _per_image(seconds: Iterable[float | None], images: int) -> float | None:
    """Return the mean time of an image; None if no trial tells, or there are no images."""
    known = _known(seconds)
    return fmean(known) / images if known and images else None


def _comparable(published: PublishedResult | None, plan: RunPlan) -> PublishedResult | None:
    """Return published figures only where they are for the very data that were used."""
    dataset = plan.dataset
    if published is None or not dataset.canonical or published.dataset != dataset.name:
        return None
    if plan.resampling is not None:
        return None
    return published
