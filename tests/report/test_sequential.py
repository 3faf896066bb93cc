"""What is said of trials that were added until it was decided."""

import pytest

from digitbench.analysis.sequential import nominal_level
from digitbench.report.sequential import (
    always_failed,
    design_notes,
    sequential_document,
    sequential_notes,
    standing_of,
)
from digitbench.types import RunRecord, SequentialDesign

NOISY, SURE, FAILING = "centroid[noise=0.3]", "centroid", "wrong-labels"


def with_design(record: RunRecord, design: SequentialDesign, **changed: object) -> RunRecord:
    plan = record.plan.model_copy(update={"sequential": design})
    return record.model_copy(update={"plan": plan, **changed})


def test_nothing_is_said_of_a_fixed_number_of_trials(record: RunRecord) -> None:
    assert sequential_notes(record) == []
    assert sequential_document(record) is None
    assert design_notes(None) == []


def test_a_pair_is_judged_at_the_level_of_its_looks(record: RunRecord) -> None:
    design = SequentialDesign(pair=(NOISY, SURE), looks=(3, 5, 8))
    found = sequential_document(with_design(record, design))
    assert found is not None
    assert found["pair"] == [NOISY, SURE]
    assert found["level"] == pytest.approx(nominal_level((3, 5, 8)))
    standing = standing_of(with_design(record, design), design)
    assert standing is not None
    assert found["state"] == standing.state.value
    outcome, looks = sequential_notes(with_design(record, design))
    assert outcome.startswith(f"Trials were added to tell {NOISY} and {SURE} apart: ")
    assert "after 3 trials, " in outcome
    assert looks.startswith("Looks after 3, 5, 8 trials, each at the level 0.02")


def test_a_model_that_always_fails_leaves_it_open(record: RunRecord) -> None:
    design = SequentialDesign(pair=None, looks=(3, 5))
    assert always_failed(record, design) == [FAILING]
    assert standing_of(with_design(record, design), design) is None
    assert sequential_notes(with_design(record, design))[0].startswith(
        "Trials were added to tell every pair apart: not settled"
    )


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_between_two_looks_nothing_is_judged(record: RunRecord, status: str) -> None:
    design = SequentialDesign(pair=(NOISY, SURE), looks=(3, 5))
    found = sequential_document(with_design(record, design, status=status))
    assert found is not None
    assert found["state"] is None


def test_a_design_is_told_before_it_begins() -> None:
    design = SequentialDesign(pair=("a", "b"), looks=(3, 5), budget_seconds=90.0)
    looks, listed = design_notes(design)
    assert looks == (
        "Trials are added to tell a and b apart, with looks after 3, 5 trials, as long as they fit "
        "into 90.0 s."
    )
    assert listed == "Those listed are of the first look."
