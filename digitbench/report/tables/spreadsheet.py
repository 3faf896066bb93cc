"""A comparison as CSV (RFC 4180), for a spreadsheet or a program: raw figures, one table."""

import csv
import io
from collections.abc import Mapping

from digitbench.analysis.claims import Claim
from digitbench.analysis.comparison import Comparison
from digitbench.analysis.pairs import Pair
from digitbench.printable import printable_lines
from digitbench.report.tables.figures import ModelRow, model_rows
from digitbench.types import RunRecord

Value = str | int | float | None

COLUMNS = (
    "kind",
    "run",
    "dataset",
    "model",
    "compared_with",
    "place",
    "letters",
    "trials",
    "trials_failed",
    "accuracy_mean",
    "accuracy_std",
    "seed_interval_low",
    "seed_interval_high",
    "population",
    "interval_low",
    "interval_high",
    "fit_seconds_mean",
    "latency_median_seconds",
    "model_size_bytes",
    "peak_memory_bytes",
    "difference",
    "difference_interval_low",
    "difference_interval_high",
    "p_adjusted",
    "method",
    "verdict",
    "test_set_interval_low",
    "test_set_interval_high",
    "test_set_p_adjusted",
    "test_set_method",
    "test_set_verdict",
)
"""The columns; `docs/reports.md` explains each."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""As typed, and in the full width of East Asian scripts, which some spreadsheets take as well."""


def csv_text(record: RunRecord, comparison: Comparison) -> str:
    """Return a row for each model, by accuracy, and then one for each pair of models."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    run: dict[str, Value] = {"run": record.id, "dataset": record.plan.dataset.name}
    for row in model_rows(record, comparison):
        writer.writerow(_safe_row(run | {"kind": "model"} | model_figures(row)))
    for pair in comparison.pairs:
        writer.writerow(_safe_row(run | _of_pair(pair)))
    return file.getvalue()


def safe(value: Value) -> Value:
    """Make a text one that no spreadsheet takes for a formula, by an apostrophe; keep numbers.

    What is invisible is escaped, apart from tabs and the ends of lines.
    """
    if not isinstance(value, str):
        return value
    text = "\r".join(map(printable_lines, value.split("\r")))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _safe_row(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: safe(value) for name, value in values.items()}


def model_figures(row: ModelRow) -> dict[str, Value]:
    """Return the figures of a model, by the names of their columns."""
    summary = row.summary
    figures: dict[str, Value] = {
        "model": row.label,
        "trials": len(summary.succeeded),
        "trials_failed": len(summary.failed),
        "fit_seconds_mean": summary.fit_seconds.mean if summary.fit_seconds else None,
        "latency_median_seconds": summary.latency_median_seconds,
        "model_size_bytes": summary.model_size_bytes,
        "peak_memory_bytes": summary.peak_memory_bytes,
    }
    if row.ranked is not None:
        known = row.ranked.uncertainty
        figures |= {
            "place": row.ranked.place.value,
            "letters": row.ranked.letters,
            "accuracy_mean": known.mean,
            "accuracy_std": known.seed_std,
            **_bounds("seed_interval", known.seed_interval),
            "population": known.population,
            **_bounds("interval", known.interval),
        }
    return figures


def _of_pair(pair: Pair) -> dict[str, Value]:
    return {
        "kind": "pair",
        "model": pair.first.label,
        "compared_with": pair.second.label,
        "population": pair.broad.population,
        "difference": pair.difference,
        **_bounds("difference_interval", pair.broad.interval),
        **_of_claim(pair.broad, ""),
        **_bounds("test_set_interval", pair.narrow.interval),
        **_of_claim(pair.narrow, "test_set_"),
    }


def _of_claim(claim: Claim, prefix: str) -> dict[str, Value]:
    return {
        f"{prefix}p_adjusted": claim.p_adjusted,
        f"{prefix}method": claim.method.value,
        f"{prefix}verdict": claim.verdict.value,
    }


def _bounds(name: str, bounds: tuple[float, float] | None) -> dict[str, Value]:
    low, high = bounds or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
