"""The table of metrics: each figure of a model is declared here once, and read everywhere.

The tables of the terminal, Markdown and LaTeX, the page, JSON, CSV, `digitbench choose`, the
history of a model and the pages of documentation take keys, headings, units and order from it. To
add a figure is to add a `Metric` to `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from math import inf
from statistics import fmean, harmonic_mean, median
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitbench.types import Labels, MetricSpec, TrialResult

FRACTION, SECONDS, BYTES, COUNT = "fraction", "seconds", "bytes", "count"
"""The units that are written in a way of their own; any other is a word beside the heading."""
_WITHIN = {FRACTION: (0.0, 1.0), SECONDS: (0.0, inf), BYTES: (0.0, inf), COUNT: (0.0, inf)}

_FIELDS = {"interval": ("interval_low", "interval_high")}
_HEADING_WIDTH = 24
ON_SET = "@"
"""Stands between a metric and the further test set that it is of."""
SPREAD = ("mean", "std", "min", "max")


class View(Flag):
    """Where a metric is shown, apart from JSON, which has all."""

    TABLE = auto()
    """The comparison in the terminal."""
    BRIEF = auto()
    """Markdown, LaTeX, CSV and the history of a model."""
    PAGE = auto()
    """The ranking of the HTML page."""
    NOWHERE = 0


@dataclass(frozen=True)
class Limit:
    """How `digitbench choose` limits a metric.

    Attributes:
        option: `latency` for `--max-latency`.
        key: of the metric in the JSON of a choice, and after `max_` of its limit.
        help: of the option.
    """

    option: str
    key: str
    help: str


def first(values: Sequence[float]) -> float:
    """Return the figure of the first trial that tells."""
    return values[0]


@dataclass(frozen=True)
class Metric:
    """A figure of a model.

    Attributes:
        key: in JSON, CSV and data frames, with `_mean` and the like after it if it has statistics.
        name: in a sentence.
        heading: of a column; a line break is where it may be broken.
        unit: `fraction`, `seconds`, `bytes`, `count`, or any other word; empty for none.
        read: takes it off a trial that succeeded and the test labels; None if it was not measured.
        description: what the figure of a model is, for the documentation.
        aggregate: makes the figure of a model of those of its trials, at least one.
        statistics: what is told of it; none if it is the aggregate alone, under the bare key.
        less_is_better: None where neither is.
        views: where it is shown.
        limit: how `digitbench choose` limits it; those that have one are the costs of a model.
        is_space: whether it is of space rather than time, and stands with these.
        of_predictions: whether it is computed from predictions, so that training sets with images
            in common make trials alike.
        missing: what is said of a model that it was not measured of.
    """

    key: str
    name: str
    heading: str
    unit: str
    read: Callable[[TrialResult, Labels], float | None]
    description: str
    aggregate: Callable[[Sequence[float]], float] = fmean
    statistics: tuple[str, ...] = ()
    less_is_better: bool | None = True
    views: View = View.TABLE
    limit: Limit | None = None
    is_space: bool = False
    of_predictions: bool = False
    missing: str = "not measured"

    @property
    def line(self) -> str:
        """The heading in one line."""
        return self.heading.replace("\n", " ").replace(" /", " per ")

    @property
    def within(self) -> tuple[float, float]:
        """Where it can lie, and so its mean, whatever a t interval of few trials says."""
        return _WITHIN.get(self.unit, (-inf, inf))

    @property
    def figure_key(self) -> str:
        """The key of the figure of a model, such as `fit_seconds_mean`."""
        return f"{self.key}_{self.statistics[0]}" if self.statistics else self.key

    @property
    def short_key(self) -> str:
        """The key in the JSON of a choice, where it is the figure alone."""
        return self.limit.key if self.limit else self.key

    @property
    def limit_key(self) -> str:
        """The key of its limit there: a greatest value, or a least one where more is better."""
        return f"{'min' if self.less_is_better is False else 'max'}_{self.short_key}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys of all that is told of it."""
        if not self.statistics:
            return (self.key,)
        return tuple(
            f"{self.key}_{name}"
            for statistic in self.statistics
            for name in _FIELDS.get(statistic, (statistic,))
        )


@dataclass(frozen=True)
class Computed:
    """What the metrics of plugins are in a run.

    Attributes:
        metrics: the metrics.
        values: of each trial, by its model's label and its number: their values by key. What does
            not exist, such as the log loss of a model without probabilities, is not there.
        problems: what plugins did wrong, a line for each metric that is left out for it.
    """

    metrics: tuple[Metric, ...] = ()
    values: Mapping[tuple[str, int], Mapping[str, float]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


NOTHING_COMPUTED = Computed()


def metric_of(spec: MetricSpec) -> Metric:
    """Return the metric of a plugin; its values come from the plugin, not off a trial."""
    return Metric(
        key=spec.key,
        name=spec.heading,
        heading=spec.heading,
        unit=spec.unit,
        read=_nothing,
        description=spec.summary,
        statistics=(*SPREAD, "interval"),
        less_is_better=spec.less_is_better,
        views=View.NOWHERE,
        of_predictions=True,
    )


def accuracy_on(name: str) -> Metric:
    """Return the accuracy on a further test set, or on a condition of one, as a metric.

    Args:
        name: the whole name of the set or condition; the metric's key is `accuracy@NAME`.
    """
    return Metric(
        key=f"{ACCURACY.key}{ON_SET}{name}",
        name=f"accuracy on {name}",
        heading="\n".join([*wrap(name, _HEADING_WIDTH), "%"]),
        unit=FRACTION,
        read=_nothing,
        description=f"Fraction of the images of {name} predicted right",
        statistics=(*SPREAD, "interval"),
        less_is_better=False,
        views=View.NOWHERE,
        of_predictions=True,
        missing="unknown: no trial has predictions of it",
    )


def _nothing(trial: TrialResult, labels: Labels) -> float | None:
    return None


def _accuracy(trial: TrialResult, labels: Labels) -> float | None:
    import numpy as np  # which whoever has predictions has imported

    if trial.predictions is None:
        return None
    return np.count_nonzero(trial.predictions == labels) / len(labels)


def _per_image(seconds: float | None, labels: Labels) -> float | None:
    return seconds / len(labels) if seconds is not None and len(labels) else None


def _rate(images: int, seconds: float | None) -> float | None:
    return images / seconds if images and seconds else None


ACCURACY = Metric(
    key="accuracy",
    name="accuracy",
    heading="Accuracy",
    unit=FRACTION,
    read=_accuracy,
    description="Fraction of the test images predicted right",
    statistics=(*SPREAD, "interval"),
    less_is_better=False,
    views=View.NOWHERE,
    of_predictions=True,
)
FIT = Metric(
    key="fit_seconds",
    name="fit time",
    heading="Fit",
    unit=SECONDS,
    read=lambda trial, _: trial.fit_seconds,
    description="Time of `fit`",
    statistics=SPREAD,
    views=View.TABLE | View.BRIEF | View.PAGE,
    limit=Limit("fit", "fit_seconds", "The most that fitting may take (mean), such as 30s."),
)
FIT_CPU = Metric(
    key="fit_cpu_seconds",
    name="processor time of fit",
    heading="Fit\nCPU",
    unit=SECONDS,
    read=lambda trial, _: trial.fit_cpu_seconds,
    description="Processor time of `fit`, all threads together",
    statistics=("mean",),
)
PREDICT = Metric(
    key="predict_seconds_per_image",
    name="predict time per image",
    heading="Predict\n/image",
    unit=SECONDS,
    read=lambda trial, labels: _per_image(trial.predict_seconds, labels),
    description="Mean time of `predict` on the whole test set, divided by the number of its images",
    views=View.TABLE | View.PAGE,
    limit=Limit(
        "predict",
        "predict_seconds_per_image",
        "The most that predicting an image in batch may take, such as 10us.",
    ),
)
PREDICT_CPU = Metric(
    key="predict_cpu_seconds_per_image",
    name="processor time per image",
    heading="Predict CPU\n/image",
    unit=SECONDS,
    read=lambda trial, labels: _per_image(trial.predict_cpu_seconds, labels),
    description="The same for processor time, all threads together",
    views=View.NOWHERE,
)
THROUGHPUT = Metric(
    key="predict_images_per_second",
    name="throughput",
    heading="Images\n/second",
    unit="images/s",
    read=lambda trial, labels: _rate(len(labels), trial.predict_seconds),
    description="Images of the test set divided by the mean time of `predict` on all of them: the "
    "throughput in batch",
    aggregate=harmonic_mean,
    less_is_better=False,
    views=View.NOWHERE,
)
LATENCY = Metric(
    key="latency_median_seconds",
    name="latency",
    heading="Latency\np50",
    unit=SECONDS,
    read=lambda trial, _: trial.latency_median_seconds,
    description="Time of `predict` on a single image: the median of the trials' medians",
    aggregate=median,
    views=View.TABLE | View.BRIEF,
    limit=Limit(
        "latency",
        "latency_seconds",
        "The most that predicting a single image may take (median), such as 1ms.",
    ),
)
LATENCY_P95 = Metric(
    key="latency_p95_seconds",
    name="95th percentile of the latency",
    heading="Latency\np95",
    unit=SECONDS,
    read=lambda trial, _: trial.latency_p95_seconds,
    description="The median of the trials' 95th percentiles; `null` where too few images could be "
    "timed",
    aggregate=median,
)
PARAMETERS = Metric(
    key="n_parameters",
    name="parameters",
    heading="Parameters",
    unit=COUNT,
    read=lambda trial, _: trial.n_parameters,
    description="Parameters, as the classifier of the first trial that tells reports them",
    aggregate=first,
    is_space=True,
)
SIZE = Metric(
    key="model_size_bytes",
    name="size",
    heading="Model\nsize",
    unit=BYTES,
    read=lambda trial, _: trial.model_size_bytes,
    description="What the trained classifier needs to predict, as it would be saved; `null` if it "
    "does not tell",
    aggregate=first,
    views=View.TABLE | View.BRIEF | View.PAGE,
    limit=Limit("size", "size_bytes", "The largest trained model, such as 1MB."),
    is_space=True,
)
MEMORY = Metric(
    key="peak_memory_bytes",
    name="peak memory",
    heading="Peak\nmemory",
    unit=BYTES,
    read=lambda trial, _: trial.peak_memory_bytes,
    description="The highest peak of the trials while fitting and predicting; `null` where it "
    "cannot be measured",
    aggregate=max,
    views=View.TABLE | View.BRIEF,
    limit=Limit(
        "memory",
        "memory_bytes",
        "The most memory that fitting and predicting may take, such as 500MB.",
    ),
    is_space=True,
)

METRICS = (
    *(ACCURACY, FIT, FIT_CPU, PREDICT, PREDICT_CPU, THROUGHPUT, LATENCY, LATENCY_P95),
    *(PARAMETERS, SIZE, MEMORY),
)
"""All of them, in the order in which JSON and tables have them."""
COSTS = tuple(metric for metric in METRICS if metric.limit is not None)
"""What a model costs: what `digitbench choose` limits, and the Pareto front is about."""

_BESIDE = frozenset(
    {
        *("kind", "run", "dataset", "model", "compared_with", "place", "letters", "population"),
        *("trial", "trials", "trials_failed", "seed"),
        *("seed_interval_low", "seed_interval_high", "interval_low", "interval_high"),
        *("difference", "difference_interval_low", "difference_interval_high"),
        *("p_adjusted", "method", "verdict", "test_set_interval_low", "test_set_interval_high"),
        *("test_set_p_adjusted", "test_set_method", "test_set_verdict"),
        *("test_set", "condition", "severity", "images"),
        *("drop", "drop_interval_low", "drop_interval_high"),
        *("corruption_error", "relative_corruption_error"),
        *("corruption_error_interval_low", "corruption_error_interval_high"),
    }
)
"""The names of columns beside metrics in tables of models, pairs, trials and further test sets."""


def taken_names(trial_fields: Collection[str]) -> frozenset[str]:
    """Return the names, in tables and JSON, that no plugin's metric may take.

    Args:
        trial_fields: those of a trial's result.
    """
    own = {name for m in METRICS for name in (m.key, m.short_key, *m.fields)}
    return _BESIDE.union(own, trial_fields)


def shown(view: View) -> tuple[Metric, ...]:
    """Return the metrics that a view shows."""
    return tuple(metric for metric in METRICS if view in metric.views)
