"""A run's trials and models as pandas DataFrames."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from digitbench.analysis.head_to_head import HeadToHead
from digitbench.analysis.run_tables import model_rows
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_tables import set_rows
from digitbench.analysis.sets_head_to_head import SetsVersus
from digitbench.errors import UsageError
from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.types import PlannedModel, RunRecord, TrialResult

if TYPE_CHECKING:
    import pandas as pd

_LEFT_OUT = frozenset(
    {"spec", "details", "history", "traceback", "metrics"}
    | {"predictions", "probabilities", "kept_files", "set_results"}
)
"""What of a trial is no single value."""


def extra(name: str) -> ModuleType:
    """Import a package of the extra `notebook`.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise UsageError(
            f'{package} is needed for this: pip install "digitbench[notebook]"'
        ) from error


def trials_frame(record: RunRecord, computed: Computed = NOTHING_COMPUTED) -> "pd.DataFrame":
    """Return one row per trial, in the order they finished; the models' options are columns.

    Raises:
        UsageError: pandas is not installed.
    """
    keys = [metric.key for metric in computed.metrics]
    names = [name for name in TrialResult.model_fields if name not in _LEFT_OUT]
    rows = [
        {
            "model": result.spec.model,
            "trial": result.spec.trial,
            "seed": result.spec.seed,
            **{name: getattr(result, name) for name in names},
            **dict.fromkeys(keys),
            **computed.values.get((result.spec.model, result.spec.trial), {}),
        }
        for result in record.results
    ]
    head = ["model", "trial", "seed", *names, *keys]
    options = [dict(result.spec.options) for result in record.results]
    return _frame(rows, head, options)


def summary_frame(record: RunRecord, computed: Computed = NOTHING_COMPUTED) -> "pd.DataFrame":
    """Return one row per model, by accuracy, with its intervals; the options are columns.

    Raises:
        UsageError: pandas is not installed.
    """
    planned: Mapping[str, PlannedModel] = {model.label: model for model in record.plan.models}
    rows = list(model_rows(record, compare_run(record), computed))
    options = [dict(planned[str(row["model"])].options) for row in rows]
    head = list(dict.fromkeys(name for row in rows for name in row))
    return _frame(rows, head, options)


def sets_frame(record: RunRecord) -> "pd.DataFrame":
    """Return one row per model, further test set and condition.

    Raises:
        UsageError: pandas is not installed.
    """
    rows = list(set_rows(analyse_sets(record)))
    head = list(dict.fromkeys(name for row in rows for name in row))
    return extra("pandas").DataFrame(rows, columns=head or ["test_set"])


def sets_versus_frame(sets: SetsVersus) -> "pd.DataFrame":
    """Return one row per test set that two sides have in common, and pair of models.

    Raises:
        UsageError: pandas is not installed.
    """
    rows = [
        (test_set.test_set, *one.labels, one.a.accuracy, one.b.accuracy, *_difference(one))
        for test_set in sets.compared
        for one in test_set.found
    ]
    head = ["test_set", "a", "b", "a_accuracy", "b_accuracy"]
    claim = ["difference", "interval_low", "interval_high", "p_adjusted", "verdict"]
    return extra("pandas").DataFrame(rows, columns=[*head, *claim])


def _difference(one: HeadToHead) -> tuple[object, ...]:
    claim = one.pair.population
    low, high = one.interval(claim) or (None, None)
    return one.difference, low, high, claim.p_adjusted, claim.verdict.value


def _frame(
    rows: list[dict[str, Any]], head: list[str], options: list[dict[str, Any]]
) -> "pd.DataFrame":
    """Return rows with their options; an option that is called like a figure gets a prefix."""
    pandas = extra("pandas")
    there = dict.fromkeys(name for values in options for name in values)
    called = {name: f"option_{name}" if name in head else name for name in there}
    whole = [
        row | {called[name]: _cell(value) for name, value in values.items()}
        for row, values in zip(rows, options, strict=True)
    ]
    return pandas.DataFrame(whole, columns=[*head, *called.values()])


def _cell(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
