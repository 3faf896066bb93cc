"""The metrics of plugins in a run's trials: each value checked, each fault held."""

from collections.abc import Iterable
from math import isfinite
from numbers import Real
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import ContractError, DigitbenchError, one_line
from digitbench.foreign import foreign_code
from digitbench.metrics import NOTHING_COMPUTED, Computed, Metric, metric_of
from digitbench.plugins import PluginHost
from digitbench.store import has_probabilities, read_results
from digitbench.types import (
    NUM_CLASSES,
    Labels,
    MetricInputs,
    MetricSpec,
    RunRecord,
    TrialResult,
)
from digitbench.types.compact import Compact
from digitbench.types.plain import short
from digitbench.types.plugins import PluginEntry

ScalarT = TypeVar("ScalarT", bound=np.generic)


def metrics_of_run(record: RunRecord, host: PluginHost) -> Computed:
    """Compute the metrics of plugins in a run, from its predictions and probabilities.

    Args:
        record: the run, with its predictions; the probabilities are read from its directory, if it
            has some.
        host: the plugins.

    Raises:
        StoreError: the run's files are damaged.
    """
    if record.test_labels is None or not host.metrics:
        return NOTHING_COMPUTED
    results: Iterable[TrialResult] = record.results
    if record.directory is not None and has_probabilities(record.directory):
        results = read_results(record.directory)
    return computed_metrics(host.metrics.values(), results, record.test_labels)


def with_metrics(record: RunRecord, computed: Computed) -> RunRecord:
    """Return a run whose results have the metrics that were computed of them."""
    if not computed.values:
        return record
    compact = Compact(TrialResult)
    results = tuple(
        compact.copy(result, metrics=found)
        if (found := computed.values.get((result.spec.model, result.spec.trial)))
        else result
        for result in record.results
    )
    return record.model_copy(update={"results": results})


def computed_metrics(
    offers: Iterable[PluginEntry[MetricSpec]], results: Iterable[TrialResult], test_labels: Labels
) -> Computed:
    """Compute metrics in each trial that succeeded.

    A metric that raises or gives nonsense is left out of the whole run, with its problem: a mean
    over the trials in which it happened to work would be of other trials than it says.

    Args:
        offers: the metrics, with their plugins.
        results: the trials with predictions and, where there are some, probabilities.
        test_labels: the right digits, uint8 `(n_images,)`.
    """
    left = {offer.spec.key: offer for offer in offers}
    values: dict[tuple[str, int], dict[str, float]] = {}
    problems = []
    for result in results:
        if not left:
            break
        if result.status == "failed" or result.predictions is None:
            continue
        inputs = MetricInputs(
            _read_only(result.predictions),
            None if result.probabilities is None else _read_only(result.probabilities),
            _read_only(test_labels),
            NUM_CLASSES,
        )
        found = values.setdefault((result.spec.model, result.spec.trial), {})
        for key, offer in list(left.items()):
            try:
                value = _value(offer.spec, inputs)
            except DigitbenchError as error:
                del left[key]
                problems.append(
                    f"plugin {offer.plugin}: metric '{key}' is left out: {one_line(error)}"
                )
                continue
            if value is not None:
                found[key] = value
    metrics = tuple(metric_of(offer.spec) for offer in left.values())
    for found in values.values() if problems else ():
        for key in found.keys() - left.keys():
            del found[key]
    return Computed(metrics, values, tuple(problems))


def _read_only(array: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """Return an array that no plugin can change."""
    view = array.view()
    view.flags.writeable = False
    return view


def _value(spec: MetricSpec, inputs: MetricInputs) -> float | None:
    """Return a metric's value in a trial.

    Raises:
        DigitbenchError: it has none that can be shown.
    """
    with foreign_code():
        value: object = spec.compute(inputs)
        if value is None:
            return None
        if not isinstance(value, Real) or isinstance(value, bool):
            raise ContractError(f"compute returned {short(value)}, not a number")
        number = float(value)
    low, high = metric_of(spec).within
    if not isfinite(number) or not low <= number <= high:
        raise ContractError(f"compute returned {short(value)}, not a {_kind(metric_of(spec))}")
    return number


def _kind(metric: Metric) -> str:
    return metric.unit if metric.within != (-np.inf, np.inf) else "finite number"
