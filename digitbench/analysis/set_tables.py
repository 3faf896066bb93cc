"""A run's further test sets as a tidy table: a row for each model, set and condition.

The single source of JSON, CSV and data frames. Accuracies are fractions; what does not exist is
None.
"""

from collections.abc import Iterable, Iterator

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.corruption_error import CorruptionError, corruption_errors
from digitbench.analysis.run_tables import Row, accuracy_figures
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis, SetsAnalysis
from digitbench.analysis.set_drops import Drop, drops_of


def set_rows(analysis: SetsAnalysis) -> Iterator[Row]:
    """Yield a row for each model and condition of each set, the most accurate model first.

    A set of several conditions has rows for the mean over them too, before the others, if these
    show the same images. Their `condition` is empty, as that of a set's only condition is, and they
    alone have corruption errors.

    Args:
        analysis: of a run.
    """
    for found in analysis.loaded:
        if len(found.conditions) > 1:
            errors = {error.model: error for error in corruption_errors(found)}
            for row in mean_rows(found):
                yield _whole(found, row, errors.get(str(row["model"])))
        for condition in found.conditions:
            for row in condition_rows(condition, found):
                yield _whole(found, row, None)


def mean_rows(found: SetAnalysis) -> list[Row]:
    """Return a row for each model with its mean over the conditions of a set; none if none is."""
    if found.mean is None:
        return []
    images = sum(condition.planned.size for condition in found.conditions)
    return _rows(found.mean, drops_of(found, found.test), {"images": images})


def condition_rows(condition: ConditionAnalysis, found: SetAnalysis) -> list[Row]:
    """Return a row for each model on a condition of a set."""
    planned = condition.planned
    more: Row = {
        "condition": planned.name,
        "severity": planned.severity,
        "images": planned.size,
    }
    return _rows(condition.comparison, drops_of(condition, found.test), more)


def _whole(found: SetAnalysis, row: Row, error: CorruptionError | None) -> Row:
    """Return a row with its set, and its corruption error if it has one."""
    low, high = (error.interval if error else None) or (None, None)
    return {
        "test_set": found.label,
        **row,
        "corruption_error": error.mean if error else None,
        "corruption_error_interval_low": low,
        "corruption_error_interval_high": high,
        "relative_corruption_error": error.relative if error else None,
    }


def _rows(comparison: Comparison, drops: Iterable[Drop], more: Row) -> list[Row]:
    by_model = {drop.label: drop for drop in drops}
    head: Row = {"condition": "", "severity": None, "images": None}
    return [
        {**head, **more, **_row(ranked, by_model.get(ranked.outcomes.label))}
        for ranked in comparison.models
    ]


def _row(ranked: Ranked, drop: Drop | None) -> Row:
    low, high = (drop.interval if drop else None) or (None, None)
    return {
        "model": ranked.outcomes.label,
        "trials": len(ranked.outcomes.trials),
        **accuracy_figures(ranked),
        "drop": drop.drop if drop else None,
        "drop_interval_low": low,
        "drop_interval_high": high,
    }
