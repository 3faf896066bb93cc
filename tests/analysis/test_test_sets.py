"""Outcomes of further test sets: by condition, over all of them, and as scores by image."""

import numpy as np
import pytest

from builders import made_record
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.test_sets import condition_outcomes, set_failures
from digitbench.types import Groups, RunRecord
from made_sets import MadeCondition, with_sets

LABELS = [0, 1, 2, 3]
RIGHT, ONE_WRONG, ALL_WRONG = [0, 1, 2, 3], [0, 1, 2, 9], [9, 9, 9, 9]


def base() -> RunRecord:
    """Make a run of a model with two trials and a deterministic one."""
    return made_record({"a": [RIGHT, ONE_WRONG], "b": [ONE_WRONG]}, LABELS)


def noise(name: str, severity: float, a: list[list[int]], b: list[list[int]]) -> MadeCondition:
    return MadeCondition(LABELS, {"a": a, "b": b}, name, severity, range(4))


@pytest.fixture
def two_conditions() -> RunRecord:
    weak = noise("noise", 1, [RIGHT, ONE_WRONG], [ONE_WRONG])
    strong = noise("noise", 2, [ALL_WRONG, ONE_WRONG], [ALL_WRONG])
    return with_sets(base(), {"made": [weak, strong]})


def test_each_condition_has_its_own_predictions(two_conditions: RunRecord) -> None:
    a, b = condition_outcomes(two_conditions, "made", "noise@2")
    assert (a.label, b.label) == ("a", "b")
    assert a.accuracies.tolist() == [0, 0.75]
    assert b.accuracies.tolist() == [0]
    first, _ = condition_outcomes(two_conditions, "made", "noise@1")
    assert first.accuracies.tolist() == [1, 0.75]
    assert a.dataset.name == "made/noise@2"
    assert a.dataset.test_size == 4


def test_outcomes_of_two_conditions_are_never_compared(two_conditions: RunRecord) -> None:
    one = condition_outcomes(two_conditions, "made", "noise@1")[0].dataset.fingerprint
    other = condition_outcomes(two_conditions, "made", "noise@2")[0].dataset.fingerprint
    assert len({one, other, two_conditions.plan.dataset.fingerprint}) == 3


@pytest.mark.parametrize(("label", "key"), [("made", "noise@3"), ("other", "noise@1")])
def test_what_the_run_does_not_have(two_conditions: RunRecord, label: str, key: str) -> None:
    with pytest.raises(KeyError):
        condition_outcomes(two_conditions, label, key)


def test_a_record_without_the_labels_of_a_set_is_refused(two_conditions: RunRecord) -> None:
    bare = two_conditions.model_copy(update={"test_sets": {}})
    with pytest.raises(ValueError, match="without the labels of made"):
        condition_outcomes(bare, "made", "noise@1")


def test_test_images_with_other_labels_take_the_predictions_that_are_there() -> None:
    record = with_sets(
        base(),
        {
            "disputed": [
                MadeCondition([3, 9], None, "voted", positions=[2, 3]),
                MadeCondition([0], None, "without", positions=[0]),
            ]
        },
    )
    a, b = condition_outcomes(record, "disputed", "voted")
    assert a.predictions.tolist() == [[2, 3], [2, 9]]
    assert a.accuracies.tolist() == [0, 0.5]
    assert b.accuracies.tolist() == [0.5]
    assert set_failures(record, "disputed") == ()


def test_places_count_only_conditions_with_predictions() -> None:
    """A condition of test images between two others takes no place among the predictions."""
    first = noise("noise", 1, [RIGHT, RIGHT], [RIGHT])
    between = MadeCondition([7], None, "voted", positions=[0])
    last = noise("noise", 2, [ALL_WRONG, ALL_WRONG], [ALL_WRONG])
    record = with_sets(base(), {"mixed": [first, between, last]})
    assert condition_outcomes(record, "mixed", "noise@1")[0].accuracy == 1
    assert condition_outcomes(record, "mixed", "noise@2")[0].accuracy == 0


def test_a_trial_whose_set_failed_is_left_out_and_counted() -> None:
    condition = noise("noise", 1, [ALL_WRONG, RIGHT], [RIGHT])
    record = with_sets(
        base(),
        {"made": [condition]},
        errors={("made", "a", 1): "ValueError: no", ("made", "b", 1): "x"},
    )
    (only,) = condition_outcomes(record, "made", "noise@1")
    assert only.label == "a"
    assert [trial.spec.trial for trial in only.trials] == [2]
    assert only.accuracies.tolist() == [1]
    failures = analyse_sets(record).sets[0].failures
    assert {(f.model, f.trial, f.error) for f in failures} == {
        ("a", 1, "ValueError: no"),
        ("b", 1, "x"),
    }


def test_a_trial_that_never_heard_of_the_set_has_no_error() -> None:
    record = with_sets(base(), {"made": [noise("noise", 1, [RIGHT, RIGHT], [RIGHT])]})
    results = tuple(trial.model_copy(update={"set_results": ()}) for trial in record.results)
    record = record.model_copy(update={"results": results})
    assert condition_outcomes(record, "made", "noise@1") == ()
    assert {failure.error for failure in set_failures(record, "made")} == {None}
    assert analyse_sets(record).loaded == ()


def test_a_set_that_could_not_be_loaded_is_there_without_conditions() -> None:
    record = with_sets(base(), {"made": []})
    (found,) = analyse_sets(record).sets
    assert found.conditions == ()
    assert found.mean is None


def test_images_made_of_test_images_have_their_groups() -> None:
    groups = Groups("writer", np.array([5, 5, 6, 6], np.int32), np.zeros(4, np.int32))
    record = base().model_copy(update={"test_groups": groups})
    made = MadeCondition([3, 0], {"a": [[3, 0], [3, 0]], "b": [[3, 0]]}, positions=[3, 0])
    own = MadeCondition([3, 0], {"a": [[3, 0], [3, 0]], "b": [[3, 0]]})
    record = with_sets(record, {"made": [made], "other": [own]})
    found = condition_outcomes(record, "made", "")[0].groups
    assert found is not None
    assert found.numbers.tolist() == [6, 5]
    assert condition_outcomes(record, "other", "")[0].groups is None


def test_a_curve_may_begin_at_the_test_images() -> None:
    clean = MadeCondition(LABELS, None, "noise", 0, range(4))
    noisy = noise("noise", 1, [ALL_WRONG, ONE_WRONG], [ALL_WRONG])
    record = with_sets(
        base(), {"made": [clean, noisy]}, errors={("made", "a", 1): "ValueError: no"}
    )
    (found,) = analyse_sets(record).sets
    assert found.paired
    assert not found.of_test
    a, b = found.models
    # The first trial of a has no predictions of the set, and counts for none of its conditions.
    assert [trial.spec.trial for trial in a.trials] == [2]
    assert a.accuracy == pytest.approx((0.75 + 0.75) / 2)
    assert b.accuracy == pytest.approx((0.75 + 0) / 2)
    for condition in found.conditions:
        assert [len(model.trials) for model in condition.models] == [1, 1]


def test_test_images_with_two_kinds_of_labels_have_no_mean() -> None:
    voted = [MadeCondition(labels, None, f"vote-{labels[0]}", None, range(4))
             for labels in ([0, 1, 2, 9], [1, 1, 2, 3])]  # fmt: skip
    (found,) = analyse_sets(with_sets(base(), {"votes": voted})).sets
    assert not found.paired
    assert found.mean is None
