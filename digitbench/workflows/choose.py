"""The best model of a stored run under limits, as people type them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path

from digitbench.analysis.baseline_sets import full_set_name
from digitbench.analysis.choice import Choice
from digitbench.analysis.choice import choose as choose_model
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.set_metrics import accuracies_on
from digitbench.analysis.summary import summarise
from digitbench.errors import UsageError
from digitbench.metrics import (
    ACCURACY,
    BYTES,
    COSTS,
    METRICS,
    NOTHING_COMPUTED,
    ON_SET,
    SECONDS,
    Computed,
    Metric,
    accuracy_on,
)
from digitbench.types import RunRecord
from digitbench.workflows.messages import LoggedMessages, Messages
from digitbench.workflows.metrics import compute_metrics
from digitbench.workflows.quantities import parse_bytes, parse_seconds

LIMITS = {f"max_{metric.limit.option}": metric for metric in COSTS if metric.limit is not None}
"""The costs that can be limited, by name."""


def choose(
    record: RunRecord,
    limits: Mapping[str, str],
    more: Sequence[str] = (),
    *,
    messages: Messages | None = None,
    plugin_files: Sequence[Path] = (),
) -> tuple[Choice, dict[Metric, str]]:
    """Choose the most accurate model within limits.

    Args:
        record: the run, read with its predictions.
        limits: of costs, by name: `max_fit`, `max_latency` and so on, each a number with its unit.
        more: of any metric: `macro_f1=0.98`, or `accuracy@fresh=0.9` of a further test set;
            metrics of plugins are computed where it names one.
        messages: where it is said that a plugin's metric failed; logged by default.
        plugin_files: plugins in files, besides those that the run was made with.

    Returns:
        The choice, and the limits as they were typed.

    Raises:
        UsageError: a limit cannot be read, or there is no such metric or test set.
    """
    wanted = read_limits(limits)
    typed = {LIMITS[name]: text.strip() for name, text in limits.items()}
    named = [_split(limit) for limit in more]
    computed = _computed(record, named, messages or LoggedMessages(), plugin_files)
    for metric, text in _named(named, record, computed):
        typed[metric], wanted[metric] = text, _parsed(metric, text, f"--limit {metric.key}=")
    return choose_model(summarise(record, computed), compare_run(record), wanted), typed


def read_limits(limits: Mapping[str, str]) -> dict[Metric, float]:
    """Read the limits of costs.

    Raises:
        UsageError: one cannot be read, or is of nothing that can be limited.
    """
    if unknown := limits.keys() - LIMITS.keys():
        raise UsageError(f"{min(unknown)} is no limit; there are: {', '.join(LIMITS)}")
    return {
        LIMITS[name]: _parsed(LIMITS[name], text, f"--{name.replace('_', '-')}")
        for name, text in limits.items()
    }


def _split(limit: str) -> tuple[str, str]:
    """Return the key and the value of a limit such as `macro_f1=0.98`.

    The options of a test set may have an equals sign too: `accuracy@corruptions[severity=3]=0.9`.
    """
    key, equals, text = limit.rpartition("=") if ON_SET in limit else limit.partition("=")
    if not equals:
        raise UsageError(f"cannot read --limit '{limit}': write METRIC=VALUE")
    return key, text.strip()


def _computed(
    record: RunRecord,
    named: Sequence[tuple[str, str]],
    messages: Messages,
    plugin_files: Sequence[Path],
) -> Computed:
    """Return what the limits name and no trial has by itself."""
    own = {metric.key for metric in METRICS}
    sets = [_set_of(key, record) for key, _ in named if ON_SET in key]
    computed = NOTHING_COMPUTED
    if any(key not in own and ON_SET not in key for key, _ in named):
        computed = compute_metrics(record, messages, plugin_files=plugin_files)
    if not sets:
        return computed
    found = accuracies_on(record, sets)
    trials = computed.values.keys() | found.values.keys()
    return replace(
        computed,
        metrics=(*computed.metrics, *found.metrics),
        values={
            trial: {**computed.values.get(trial, {}), **found.values.get(trial, {})}
            for trial in trials
        },
    )


def _set_of(key: str, record: RunRecord) -> str:
    """Return the whole name of the test set or condition that a limit is of."""
    metric, _, name = key.partition(ON_SET)
    if metric != ACCURACY.key:
        raise UsageError(
            f"cannot read --limit '{key}': of a test set, limit the accuracy: "
            f"{ACCURACY.key}{ON_SET}{name}=0.9"
        )
    whole = full_set_name(name, record.plan)
    for planned in record.plan.test_sets:
        if planned.label == whole and planned.error is None and not planned.size:
            raise UsageError(
                f"{whole} has no accuracy as a whole, because its images are test images: limit "
                f"the accuracy on one of {', '.join(part.key for part in planned.conditions)}, as "
                f"{key}/{planned.conditions[0].key}"
            )
    return whole


def _named(
    limits: Iterable[tuple[str, str]], record: RunRecord, computed: Computed
) -> Iterator[tuple[Metric, str]]:
    """Yield the metric and the value of each limit."""
    metrics = {metric.key: metric for metric in (*METRICS, *computed.metrics)}
    for key, text in limits:
        whole = accuracy_on(_set_of(key, record)).key if ON_SET in key else key
        if whole not in metrics:
            raise UsageError(f"there is no metric '{key}'; there are {', '.join(metrics)}")
        yield metrics[whole], text


def _parsed(metric: Metric, text: str, option: str) -> float:
    if metric.unit == SECONDS:
        return parse_seconds(text, option)
    if metric.unit == BYTES:
        return parse_bytes(text, option)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UsageError(f"cannot read {option} '{text}': write a number")
    return value
