"""Test sets that several runs have in common."""

import pytest

from digitbench.analysis.across_runs import comparable_runs, several_runs
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.report.across_runs_words import names_of
from digitbench.report.page.set_cells import set_accuracies
from digitbench.report.page.sets_across import SetsAcross, sets_across
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from page_sets import with_all_kinds

MODELS = [MadeModel("cnn", 0.95), MadeModel("softmax", 0.9)]


@pytest.fixture(scope="module")
def first() -> RunRecord:
    return with_all_kinds(run_of(MODELS, images=60, run_id="first"))


def _tables(*records: RunRecord) -> tuple[SetsAcross, ...]:
    runs = several_runs(records)
    return sets_across(comparable_runs(runs), names_of(runs))


def test_each_model_has_its_accuracy_in_each_run(first: RunRecord) -> None:
    second = with_all_kinds(run_of(MODELS[:1], images=60, run_id="second"))
    (table,) = _tables(first, second)
    assert table.letters == ("A", "B")
    assert {(row.test_set, row.label) for row in table.rows} == {
        (test_set, model.label) for test_set in ("fresh", "made") for model in MODELS
    }
    found = [analyse_sets(record) for record in (first, second)]
    for row in table.rows:
        expected = [set_accuracies(each.find(row.test_set)).get(row.label) for each in found]
        assert list(row.cells) == expected
        assert (row.cells[1] is None) == (row.label == "softmax")


def test_a_set_with_other_images_is_another_set(first: RunRecord) -> None:
    sets = tuple(
        each.model_copy(update={"fingerprint": "e" * 64}) if each.label == "fresh" else each
        for each in first.plan.test_sets
    )
    plan = first.plan.model_copy(update={"test_sets": sets})
    (table,) = _tables(first, first.model_copy(update={"id": "second", "plan": plan}))
    assert {row.test_set for row in table.rows} == {"made"}


def test_runs_that_have_no_set_in_common_have_no_table(first: RunRecord) -> None:
    assert _tables(first) == ()
    assert _tables(first, run_of(MODELS, images=60, run_id="second")) == ()
