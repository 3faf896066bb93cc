"""CSV read back: raw figures, one rectangle, and no formula by a label."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_tables import set_rows
from digitbench.report.tables.spreadsheet import COLUMNS, csv_text, safe
from digitbench.types import RunRecord
from made_sets import run_with_sets

Compared = tuple[RunRecord, Comparison]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def number(value: float | None) -> str:
    return "" if value is None else str(value)


def test_raw_figures_of_the_models(compared: Compared) -> None:
    record, comparison = compared
    rows = [row for row in read(csv_text(record, comparison)) if row["kind"] == "model"]
    assert [row["model"] for row in rows][2] == "wrong-labels"
    for row, model in zip(rows, comparison.models, strict=False):
        known = model.uncertainty
        assert row["model"] == model.outcomes.label
        assert (row["place"], row["letters"]) == (model.place.value, model.letters)
        assert float(row["accuracy_mean"]) == known.mean
        assert row["accuracy_std"] == number(known.seed_std)
        low, high = known.interval or (None, None)
        assert (row["interval_low"], row["interval_high"]) == (number(low), number(high))
        assert float(row["fit_seconds_mean"]) > 0
        assert int(row["model_size_bytes"]) == 62720
        assert row["difference"] == row["compared_with"] == ""


def test_raw_figures_of_the_pairs(compared: Compared) -> None:
    record, comparison = compared
    rows = [row for row in read(csv_text(record, comparison)) if row["kind"] == "pair"]
    (row,) = rows
    (pair,) = comparison.pairs
    assert (row["model"], row["compared_with"]) == (pair.first.label, pair.second.label)
    assert float(row["difference"]) == pair.difference
    assert row["p_adjusted"] == number(pair.population.p_adjusted)
    assert row["verdict"] == pair.population.verdict.value
    assert row["method"] == pair.population.method.value
    assert row["test_set_p_adjusted"] == number(pair.test_set.p_adjusted)
    assert row["test_set_verdict"] == pair.test_set.verdict.value
    assert row["accuracy_mean"] == ""


def test_a_model_that_failed_has_empty_figures(compared: Compared) -> None:
    row = next(row for row in read(csv_text(*compared)) if row["model"] == "wrong-labels")
    assert (row["trials"], row["trials_failed"]) == ("0", "3")
    assert row["place"] == row["letters"] == row["accuracy_mean"] == row["fit_seconds_mean"] == ""


def test_it_is_one_rectangle_with_crlf(compared: Compared) -> None:
    text = csv_text(*compared)
    assert text.count("\n") == text.count("\r\n") == 5
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert lines[0] == list(COLUMNS)
    assert {len(line) for line in lines} == {len(COLUMNS)}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_label_is_a_formula(start: str, rename: Callable[[str, str], Compared]) -> None:
    label = f'{start}cmd|" /C calc"!A0'
    rows = read(csv_text(*rename(label, "plain")))
    found = [row["model"] for row in rows] + [row["compared_with"] for row in rows]
    assert f"'{label}" in found
    assert "plain" in found
    assert not any(cell.startswith(start) for cell in found)


def test_numbers_below_zero_stay_numbers(compared: Compared) -> None:
    (row,) = (row for row in read(csv_text(*compared)) if row["kind"] == "pair")
    (pair,) = compared[1].pairs
    assert pair.population.interval is not None
    assert pair.population.interval[0] < 0
    assert float(row["difference_interval_low"]) == pair.population.interval[0]


@given(st.text())
def test_texts_are_safe_and_not_changed_otherwise(text: str) -> None:
    found = str(safe(text))
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b"))
    assert re.sub(r"[\t\r\n]", "", found).isprintable()
    if re.sub(r"[\t\r\n]", "", text).isprintable():
        assert found in {text, f"'{text}"}


def test_labels_with_quotes_commas_and_lines_are_read_back(
    rename: Callable[[str, str], Compared],
) -> None:
    label = 'a,"b"\r\nc;d'
    rows = read(csv_text(*rename(label, "plain")))
    assert label in [row["model"] for row in rows]


def test_rows_of_further_test_sets() -> None:
    record = run_with_sets()
    analysis = analyse_sets(record)
    text = csv_text(record, analysis.test)
    rows = [row for row in read(text) if row["kind"] == "test set"]
    assert len(rows) == len([*set_rows(analysis)])
    for row, due in zip(rows, set_rows(analysis), strict=True):
        for name, value in due.items():
            assert row[name] == number(value)  # type: ignore[arg-type]
        assert row["verdict"] == row["fit_seconds_mean"] == ""
    assert {row["run"] for row in rows} == {record.id}
    others = [row for row in read(text) if row["kind"] != "test set"]
    assert {row["test_set"] for row in others} == {""}
