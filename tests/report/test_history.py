"""A model's history in tables and as JSON: figures, changes, and lines that fit."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from digitbench.analysis.history import Series, model_history
from digitbench.report.document import to_json
from digitbench.report.history import history_document, history_tables
from digitbench.types import RunRecord


@pytest.fixture
def history(record: RunRecord) -> tuple[Series, ...]:
    """Return the history of two runs: the second on more threads, of other code."""
    first, *others = record.plan.models
    changed = first.model_copy(update={"source_hash": "f" * 64})
    plan = record.plan.model_copy(update={"models": (changed, *others), "threads": 4})
    return model_history([record, record.model_copy(update={"plan": plan})], "centroid")


def shown(history: Sequence[Series], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(history_tables(history, console), crop=False)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 120, 160])
def test_every_line_fits_and_tells(
    width: int, history: tuple[Series, ...], record: RunRecord
) -> None:
    text = shown(history, width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "centroid[noise=0.3] on mnist" in text
    assert text.count(record.id) == 4
    assert "number of threads: 1 → 4" in text
    assert "→ ffffffffffff" in text
    assert "within noise" in text
    assert "0.00" in text


def test_accuracy_and_cost_stand_side_by_side_where_there_is_room(
    history: tuple[Series, ...],
) -> None:
    def with_both(width: int) -> bool:
        lines = shown(history, width).splitlines()
        return any("Trials" in line and "Fit" in line for line in lines)

    assert not with_both(80)
    assert with_both(160)


def test_failed_and_reused_trials_are_remarked_upon(record: RunRecord) -> None:
    text = shown(model_history([record], "wrong-labels"), 80)
    assert "3 of 3 trials failed" in text
    assert "failed" in text.splitlines()[4]
    first, *others = record.results
    reused = record.model_copy(
        update={"results": (first.model_copy(update={"reused_from": "earlier"}), *others)}
    )
    text = shown(model_history([reused], first.spec.model), 80)
    assert "1 of 3 trials reused from earlier" in text


def test_hostile_names_stay_text(record: RunRecord) -> None:
    hostile = record.model_copy(update={"id": "[red]\x1b[31m"})
    text = shown(model_history([hostile], "centroid"), 80)
    assert r"[red]\x1b[31m" in text
    assert "\x1b" not in text


def test_the_document(history: tuple[Series, ...], record: RunRecord) -> None:
    document = history_document("centroid", history)
    to_json(document)
    assert document["model"] == "centroid"
    noisy, sure = document["series"]
    assert (noisy["model"], noisy["dataset"]) == ("centroid[noise=0.3]", "mnist")
    first, second = noisy["runs"]
    assert first.keys() == second.keys()
    assert first["run"] == record.id
    assert first["started_at"] == record.model_dump(mode="json")["started_at"]
    assert first["difference"] is None
    assert second["difference"] == 0
    assert second["since"] == record.id
    assert second["difference_interval_low"] <= 0 <= second["difference_interval_high"]
    assert second["movement"] == "within noise"
    whats = {change["what"]: change["now"] for change in second["changes"]}
    assert whats == {"number of threads": "4", "source": "f" * 12}
    assert sure["runs"][0]["accuracy_std"] is None
    assert sure["runs"][0]["options"] == {"sharpness": 1.0, "noise": 0.0}
    assert sure["runs"][0]["fit_seconds_mean"] > 0


def test_a_further_test_set_is_named(history: tuple[Series, ...]) -> None:
    series = replace(history[0], test_set="pictures:[red]\x1b[31m")
    text = shown([series], 160)
    assert f"{series.label} on pictures:[red]\\x1b[31m, trained on {series.dataset}" in text
    (document,) = history_document("centroid", [series])["series"]
    assert document["test_set"] == series.test_set
