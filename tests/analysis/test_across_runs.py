"""Several runs: which can be compared, and with what."""

from collections.abc import Sequence

import numpy as np
import pytest

from digitbench.analysis.across_runs import MOST_RUNS, comparable_runs, several_runs
from digitbench.analysis.head_to_head import head_to_head
from digitbench.analysis.outcomes import outcomes
from digitbench.errors import UsageError
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of


def made(name: str, *models: MadeModel, data: str = "0", seed: int = 0) -> RunRecord:
    """Make a run with a name; all have the same test labels."""
    right = np.arange(300, dtype=np.uint8) % 10
    return run_of(models, run_id=name, seed=seed, right=right, fingerprint=data * 64)


def pairs(records: Sequence[RunRecord]) -> list[list[tuple[str, str, str, str]]]:
    """Return which models of which runs are compared, for each data set."""
    return [
        [
            (one.before.letter, one.found.labels[0], one.now.letter, one.found.labels[1])
            for one in group.differences
        ]
        for group in comparable_runs(several_runs(records))
    ]


A, B, C = (MadeModel(name, accuracy) for name, accuracy in (("a", 0.9), ("b", 0.8), ("c", 0.7)))


def test_runs_are_sorted_by_their_data() -> None:
    records = [made("x", A), made("y", A, data="1"), made("z", A, seed=1)]
    groups = comparable_runs(several_runs(records))
    assert [[run.record.id for run in group.runs] for group in groups] == [["x", "z"], ["y"]]
    assert [[run.letter for run in group.runs] for group in groups] == [["A", "C"], ["B"]]
    assert pairs(records) == [[("A", "a", "C", "a")], []]


def test_a_model_is_held_against_the_first_run_that_has_it() -> None:
    records = [made("x", A), made("y", A, B, seed=1), made("z", B, A, seed=2)]
    assert pairs(records) == [
        [("A", "a", "B", "a"), ("A", "a", "C", "a"), ("B", "b", "C", "b")],
    ]


def test_without_a_common_model_the_best_are_compared() -> None:
    assert pairs([made("x", B, A), made("y", C, seed=1)]) == [[("A", "a", "B", "c")]]


def test_a_run_in_which_every_trial_failed_is_compared_with_nothing() -> None:
    failed = made("y", MadeModel("a", 0.9, trials=0), seed=1)
    assert pairs([failed, made("x", A), made("z", A, seed=2)]) == [[("B", "a", "C", "a")]]
    assert pairs([made("x", A), failed]) == [[]]


def test_the_differences_of_a_data_set_are_one_family() -> None:
    records = [made("x", A, B), made("y", A, B, seed=1)]
    ((*found,),) = (group.differences for group in comparable_runs(several_runs(records)))
    one, two = (outcomes(record) for record in records)
    expected = head_to_head(list(zip(one, two, strict=True)))
    assert [each.found.difference for each in found] == [each.difference for each in expected]
    assert [each.found.family for each in found] == [2, 2]


def test_other_labels_under_the_same_fingerprint_are_refused() -> None:
    other = made("y", A)
    other = other.model_copy(update={"test_labels": other.test_labels[::-1]})  # type: ignore[index]
    with pytest.raises(UsageError, match="x and y say that their data are the same"):
        comparable_runs(several_runs([made("x", A), other]))


def test_there_are_as_many_runs_as_letters() -> None:
    records = [made(f"run-{number}", A) for number in range(MOST_RUNS + 1)]
    assert several_runs(records[:-1])[-1].letter == "Z"
    with pytest.raises(UsageError, match="27 runs are too many for one report: name 26"):
        several_runs(records)
