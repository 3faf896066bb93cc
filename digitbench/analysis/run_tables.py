"""A run as a tidy table: a row for each model.

The single source of CSV and of data frames. Accuracies are fractions, times are seconds, sizes are
bytes; what does not exist is None.
"""

from collections.abc import Iterator

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.types import RunRecord

Value = str | int | float | None
Row = dict[str, Value]


def model_rows(
    record: RunRecord, comparison: Comparison, computed: Computed = NOTHING_COMPUTED
) -> Iterator[Row]:
    """Yield a row for each model, the most accurate first; those that failed come last.

    A row holds the model's label, its place, how many trials succeeded and failed, the accuracy
    with its intervals, and all that is told of every metric (`Metric.fields`).

    Args:
        record: the run, read with its predictions.
        comparison: of its models that have a trial which succeeded.
        computed: what the metrics of plugins are in it.
    """
    summaries = {summary.planned.label: summary for summary in summarise(record, computed)}
    for ranked in comparison.models:
        yield _model_row(summaries.pop(ranked.outcomes.label), ranked)
    for summary in summaries.values():
        yield _model_row(summary, None)


def _model_row(summary: ModelSummary, ranked: Ranked | None) -> Row:
    row: Row = {
        "model": summary.planned.label,
        "trials": len(summary.succeeded),
        "trials_failed": len(summary.failed),
        **{key: value for metric in summary.metrics for key, value in summary.told(metric).items()},
    }
    return row if ranked is None else row | accuracy_figures(ranked)


def accuracy_figures(ranked: Ranked) -> Row:
    """Return what the comparison says of a model's accuracy, to the last digit."""
    known = ranked.uncertainty
    return {
        "place": ranked.place.value,
        "letters": ranked.letters,
        "accuracy_mean": known.mean,
        "accuracy_std": known.seed_std,
        **_bounds("seed_interval", known.seed_interval),
        "population": known.population,
        **_bounds("interval", known.interval),
    }


def _bounds(name: str, bounds: tuple[float, float] | None) -> Row:
    low, high = bounds or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
