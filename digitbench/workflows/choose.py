"""The best model of a stored run under limits, as people type them."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path

from digitbench.analysis.choice import Choice
from digitbench.analysis.choice import choose as choose_model
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.errors import UsageError
from digitbench.metrics import BYTES, COSTS, METRICS, NOTHING_COMPUTED, SECONDS, Computed, Metric
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
        more: of any metric: `macro_f1=0.98`; metrics of plugins are computed where it names one.
        messages: where it is said that a plugin's metric failed; logged by default.
        plugin_files: plugins in files, besides those that the run was made with.

    Returns:
        The choice, and the limits as they were typed.

    Raises:
        UsageError: a limit cannot be read, or there is no such metric.
    """
    wanted = read_limits(limits)
    typed = {LIMITS[name]: text.strip() for name, text in limits.items()}
    computed = NOTHING_COMPUTED
    if any(text.partition("=")[0] not in {m.key for m in METRICS} for text in more):
        computed = compute_metrics(record, messages or LoggedMessages(), plugin_files=plugin_files)
    for metric, text in _named(more, computed):
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


def _named(limits: Iterable[str], computed: Computed) -> Iterable[tuple[Metric, str]]:
    """Yield the metric and the value of each limit such as `macro_f1=0.98`."""
    metrics = {metric.key: metric for metric in (*METRICS, *computed.metrics)}
    for limit in limits:
        key, equals, text = limit.partition("=")
        if not equals:
            raise UsageError(f"cannot read --limit '{limit}': write METRIC=VALUE")
        if key not in metrics:
            raise UsageError(f"there is no metric '{key}'; there are {', '.join(metrics)}")
        yield metrics[key], text.strip()


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
