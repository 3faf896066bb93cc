"""Several runs in words, cells, Markdown and JSON."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from builders import made_environment
from digitbench.analysis.across_runs import (
    ComparableRuns,
    comparable_runs,
    set_differences,
    several_runs,
)
from digitbench.metrics import NOTHING_COMPUTED
from digitbench.report import formatting
from digitbench.report.across_runs import accuracy_table, difference_tables, run_entries
from digitbench.report.across_runs_document import several_runs_document
from digitbench.report.across_runs_words import names_of, sentences, title
from digitbench.report.document import to_json
from digitbench.report.tables.markdown_runs import markdown_runs
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

RIGHT = np.arange(300, dtype=np.uint8) % 10


def made(name: str, *models: MadeModel, data: str = "0", seed: int = 0) -> RunRecord:
    """Make a run on a data set that is called after its fingerprint."""
    digits: dict[str, Any] = {"name": f"data-{data}", "fingerprint": data * 64}
    return run_of(models, run_id=name, seed=seed, right=RIGHT, **digits)


def grouped(*records: RunRecord) -> tuple[ComparableRuns, ...]:
    """Sort runs by their data."""
    return comparable_runs(several_runs(records))


def names(groups: Sequence[ComparableRuns]) -> dict[str, str]:
    """Return the short labels of all models."""
    return names_of(run for group in groups for run in group.runs)


def said(groups: Sequence[ComparableRuns]) -> list[str]:
    """Return the sentences at the top."""
    return list(sentences(groups, names(groups)))


OLD = made("old", MadeModel("a", 0.8), MadeModel("b", 0.6))
NEW = made("new", MadeModel("a", 0.97), MadeModel("b", 0.6), seed=1)
ELSEWHERE = made("elsewhere", MadeModel("a", 0.7), data="1", seed=2)


def test_the_answer_names_the_best_and_what_became_better() -> None:
    groups = grouped(OLD, NEW)
    a, b = (run.ranked["a"].uncertainty.mean for run in groups[0].runs)
    assert title(groups) == "2 runs on the same test images"
    assert said(groups) == [
        f"Highest mean accuracy: a in run B, {formatting.percent(b)} %.",
        f"a is better in run B than in A by {formatting.points(b - a)} points.",
    ]


def test_a_mean_that_several_runs_reach_is_told_of_all() -> None:
    first = said(grouped(OLD, NEW, NEW.model_copy(update={"id": "copy"})))[0]
    assert first.startswith("Highest mean accuracy: a in runs B, C, ")


def test_the_order_of_the_runs_does_not_change_which_is_better() -> None:
    assert "a is better in run A than in B by " in said(grouped(NEW, OLD))[1]


def test_a_better_model_of_another_name() -> None:
    groups = grouped(OLD, made("other", MadeModel("c", 0.97), seed=3))
    assert said(groups)[1].startswith("c of run B is better than a of run A by ")


def test_noise_is_called_so() -> None:
    again = made("again", MadeModel("a", 0.8), MadeModel("b", 0.6), seed=4)
    assert said(grouped(OLD, again))[1] == "None of the 2 differences between runs is significant."


def test_many_differences_are_counted() -> None:
    models = [MadeModel(name, 0.97) for name in "abc"]
    worse = [MadeModel(name, 0.6) for name in "abc"]
    groups = grouped(made("x", *worse), made("y", *models, seed=1))
    assert said(groups)[1] == "3 of 3 differences between runs are significant."


def test_runs_of_different_data_are_not_compared() -> None:
    groups = grouped(OLD, ELSEWHERE)
    assert title(groups) == "2 runs on 2 data sets"
    first, second, last = said(groups)
    assert first.startswith("Highest mean accuracy on data-0: a in run A, ")
    assert second.startswith("Highest mean accuracy on data-1: a in run B, ")
    assert last == "No two runs have the same test images: their figures cannot be compared."
    assert difference_tables(groups, names(groups)) == ()


def test_a_smoke_run_has_no_highest_mean() -> None:
    smoke = run_of([MadeModel("a", 0.9)], run_id="smoke", right=RIGHT, quick=True)
    assert not any("Highest" in sentence for sentence in said(grouped(smoke)))


def test_the_list_says_what_can_be_compared_and_what_is_different() -> None:
    machine = made_environment(processor="Another", versions={"digitbench": "9.9"})
    groups = grouped(OLD, ELSEWHERE, NEW.model_copy(update={"environment": machine}))
    first, second, third = run_entries(groups)
    assert [entry.letter for entry in (first, second, third)] == ["A", "B", "C"]
    assert (first.comparable, first.differences) == ("", "")
    assert second.comparable == "Other test images than the runs before it."
    assert third.comparable == "The same test images as A."
    assert third.differences == (
        "Different from A: processor: A processor → Another; version of digitbench: absent → 9.9."
    )
    assert "digitbench 9.9" in third.facts
    assert third.verdict.startswith("a is the best of 2 models: ")


def test_many_differences_of_machines_are_cut_short() -> None:
    versions = {f"library-{number}": "1" for number in range(9)}
    other = NEW.model_copy(update={"environment": made_environment(versions=versions)})
    entry = run_entries(grouped(OLD, other))[1]
    assert entry.differences.endswith("; and 3 more.")


def test_the_table_has_each_model_in_each_run() -> None:
    failed = made("failed", MadeModel("b", 0.6, trials=0), MadeModel("c", 0.9), seed=5)
    (group,) = grouped(OLD, failed)
    table = accuracy_table(group, names([group]))
    by_label = {row.label: row.cells for row in table.rows}
    assert [row.label for row in table.rows] == ["c", "a", "b"]
    for label in "ab":
        found = group.runs[0].ranked[label].uncertainty
        expected = formatting.percent(found.mean), formatting.bounds(found.interval)
        assert by_label[label][0] == expected
    assert by_label["a"][1] is None
    assert by_label["b"][1] == ("failed", "")


def test_a_difference_has_both_claims() -> None:
    groups = grouped(OLD, NEW)
    (table,) = difference_tables(groups, names(groups))
    row, noise = table.rows
    assert (row.label, row.runs, row.population.said) == ("a", "B less A", "B better")
    assert row.test_set.said == "B better"
    assert float(row.difference) > 0
    assert noise.population.said in {"indistinguishable", "not enough trials"}
    assert not row.repeated


def test_trials_that_are_there_again_are_told() -> None:
    groups = grouped(OLD, OLD.model_copy(update={"id": "copy"}))
    (table,) = difference_tables(groups, names(groups))
    assert table.rows[0].repeated.startswith("3 of 3 trials of B are trials of A once more")


def test_markdown_has_runs_accuracies_and_differences() -> None:
    text = markdown_runs([OLD, NEW, ELSEWHERE])
    assert text.startswith("**3 runs on 2 data sets**\n")
    for part in (
        "- **A** `old`: `a` is the best",
        "| Model | A (%) | B (%) |",
        "| `a` | B less A |",
    ):
        assert part in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("| `a` | B less A")}
    assert widths == {9}  # as the headings


def test_hostile_names_stay_text_in_markdown() -> None:
    hostile = "<script>|`*x*"
    text = markdown_runs([made("x", MadeModel(hostile, 0.9)), made("y", MadeModel(hostile, 0.9))])
    assert "<script>" not in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("| <code>")} == {4, 9}


def test_the_document_has_the_runs_and_their_comparisons() -> None:
    groups = grouped(OLD, ELSEWHERE, NEW)
    computed = dict.fromkeys("ABC", NOTHING_COMPUTED)
    document = json.loads(to_json(several_runs_document(groups, computed)))
    assert [run["run"] for run in document["runs"]] == ["old", "elsewhere", "new"]
    same, alone = document["same_test_images"]
    assert (same["runs"], alone["runs"]) == (["old", "new"], ["elsewhere"])
    assert alone["comparisons"] == []
    first = same["comparisons"][0]
    assert (first["run_a"], first["run_b"], first["compared"], first["better"]) == (
        *("old", "new", "a"),
        "b",
    )
    assert first["difference"] == pytest.approx(groups[0].differences[0].found.difference)


def with_set(record: RunRecord, share: float, label: str, seed: int = 0) -> RunRecord:
    """Return a run whose models get a share of a test set of two conditions right."""
    conditions = [
        MadeCondition(
            RIGHT, drawn(record, lambda _: share, RIGHT, seed=seed), name, 1, np.arange(300)
        )
        for name in ("fog", "turn")
    ]
    return with_sets(record, {label: conditions})


def test_markdown_has_the_further_test_sets_that_two_runs_have() -> None:
    hostile = "pictures:<b>|`x`[y](z)"
    both = [MadeModel("cnn", 0.9), MadeModel("softmax", 0.8, deterministic=True)]
    a = with_set(made("a", *both), 0.5, hostile)
    b = with_set(made("b", *both), 0.9, hostile, seed=1)
    text = markdown_runs([a, b])
    rows = [line for line in text.splitlines() if "B less A" in line and "pictures" in line]
    assert [("cnn" in row, "softmax" in row) for row in rows] == [(True, False), (False, True)]
    assert all("B better" in row for row in rows)
    assert "p is adjusted for the models on one set" in text
    assert all(row.replace(r"\|", "").count("|") == 9 for row in rows)
    assert "trials once more" not in text
    alone = markdown_runs([a, made("b", *both)])
    assert "pictures" not in alone


def test_a_set_is_compared_once_for_each_pair_of_runs() -> None:
    models = [MadeModel("cnn", 0.9)]
    runs = [with_set(made(name, *models), 0.5, "x", seed) for seed, name in enumerate("abc")]
    (group,) = grouped(*runs)
    found = set_differences(group)
    assert [(one.difference.before.letter, one.difference.now.letter) for one in found] == [
        ("A", "B"),
        ("A", "C"),
    ]
    assert {one.test_set for one in found} == {"x"}
    assert found[0].difference.found.repeated == 0
