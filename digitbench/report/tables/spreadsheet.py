"""A comparison as CSV (RFC 4180), for a spreadsheet or a program: raw figures, one table."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.pairs import Pair
from digitbench.analysis.run_tables import Row, Value, model_rows
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_tables import set_rows
from digitbench.analysis.significance import DifferenceTest
from digitbench.metrics import NOTHING_COMPUTED, Computed, View, shown
from digitbench.printable import printable_lines
from digitbench.types import RunRecord

_MODEL = (
    *("kind", "run", "dataset", "model", "compared_with", "place", "letters"),
    *("trials", "trials_failed", "accuracy_mean", "accuracy_std"),
    *("seed_interval_low", "seed_interval_high", "population", "interval_low", "interval_high"),
)
_PAIR = (
    *("difference", "difference_interval_low", "difference_interval_high"),
    *("p_adjusted", "method", "verdict"),
    *("test_set_interval_low", "test_set_interval_high"),
    *("test_set_p_adjusted", "test_set_method", "test_set_verdict"),
)
_SET = (
    *("test_set", "condition", "severity", "images"),
    *("drop", "drop_interval_low", "drop_interval_high", "corruption_error"),
    *("corruption_error_interval_low", "corruption_error_interval_high"),
    "relative_corruption_error",
)
COLUMNS = (*_MODEL, *(metric.figure_key for metric in shown(View.BRIEF)), *_PAIR, *_SET)
"""The columns that are always there, explained in `docs/reports.md`; plugins' metrics follow."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""As typed, and in the full width of East Asian scripts, which some spreadsheets take as well."""


@dataclass(frozen=True, eq=False)
class RunTable:
    """What a run brings to the table.

    Attributes:
        record: the run, read with its predictions.
        comparison: of its models that have a trial which succeeded.
        computed: what the metrics of plugins are in it.
    """

    record: RunRecord
    comparison: Comparison
    computed: Computed = NOTHING_COMPUTED


def csv_text(
    record: RunRecord, comparison: Comparison, computed: Computed = NOTHING_COMPUTED
) -> str:
    """Return a row for each model, by accuracy, and then one for each pair of models.

    Rows for each model, further test set and condition come last.
    """
    return runs_csv([RunTable(record, comparison, computed)])


def runs_csv(runs: Sequence[RunTable]) -> str:
    """Return the rows of each run, one run after the other."""
    more = (name for run in runs for metric in run.computed.metrics for name in metric.fields)
    file = io.StringIO(newline="")
    columns = (*COLUMNS, *dict.fromkeys(more))
    writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    for run in runs:
        named: Row = {"run": run.record.id, "dataset": run.record.plan.dataset.name}
        for row in model_rows(run.record, run.comparison, run.computed):
            writer.writerow(_safe_row(named | {"kind": "model"} | row))
        for pair in run.comparison.pairs:
            writer.writerow(_safe_row(named | _of_pair(pair)))
        if run.record.plan.test_sets:
            for row in set_rows(analyse_sets(run.record)):
                writer.writerow(_safe_row(named | {"kind": "test set"} | row))
    return file.getvalue()


def safe(value: Value) -> Value:
    """Make a text one that no spreadsheet takes for a formula, by an apostrophe; keep numbers.

    What is invisible is escaped, apart from tabs and the ends of lines.
    """
    if not isinstance(value, str):
        return value
    text = "\r".join(map(printable_lines, value.split("\r")))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _safe_row(values: Row) -> Row:
    return {name: safe(value) for name, value in values.items()}


def _of_pair(pair: Pair) -> Row:
    return {
        "kind": "pair",
        "model": pair.first.label,
        "compared_with": pair.second.label,
        "population": pair.population.population,
        "difference": pair.difference,
        **_bounds("difference_interval", pair.population.interval),
        **_of_claim(pair.population, ""),
        **_bounds("test_set_interval", pair.test_set.interval),
        **_of_claim(pair.test_set, "test_set_"),
    }


def _of_claim(claim: DifferenceTest, prefix: str) -> Row:
    return {
        f"{prefix}p_adjusted": claim.p_adjusted,
        f"{prefix}method": claim.method.value,
        f"{prefix}verdict": claim.verdict.value,
    }


def _bounds(name: str, bounds: tuple[float, float] | None) -> Row:
    low, high = bounds or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
