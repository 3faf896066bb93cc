"""Copies of records that share what they can: equal to the records, and smaller."""

import copy
import pickle
import sys

import pytest
from pydantic import ValidationError

from digitbench.types import TrialSpec
from digitbench.types.compact import Compact

SPEC = TrialSpec(model="knn[k=3]", name="knn", options={"k": 3}, trial=1, seed=5, threads=2)


def test_a_copy_is_the_record_with_what_was_changed() -> None:
    found = Compact(TrialSpec).copy(SPEC, trial=7, seed=9)
    due = SPEC.model_copy(update={"trial": 7, "seed": 9})
    assert found == due
    assert repr(found) == repr(due)
    assert found.model_dump_json() == due.model_dump_json()
    assert found.model_fields_set == due.model_fields_set
    assert SPEC.trial == 1


def test_a_copy_is_a_record_like_any_other() -> None:
    found = Compact(TrialSpec).copy(SPEC)
    for again in (
        pickle.loads(pickle.dumps(found)),  # noqa: S301
        copy.deepcopy(found),
        found.model_copy(),
        TrialSpec.model_validate_json(found.model_dump_json()),
    ):
        assert again == found == SPEC
    with pytest.raises(ValidationError, match="frozen"):
        found.trial = 2  # type: ignore[misc]


def test_to_change_one_copy_leaves_the_others() -> None:
    compact = Compact(TrialSpec)
    first, second = (compact.copy(SPEC, trial=n) for n in (1, 2))
    third = first.model_copy(update={"keep": True})
    assert (first.keep, second.keep, third.keep) == (False, False, True)
    assert "keep" in third.model_fields_set
    assert "keep" not in first.model_fields_set | second.model_fields_set


def test_copies_share_keys_and_names_given() -> None:
    compact = Compact(TrialSpec)
    first, *_, last = (compact.copy(SPEC, trial=n) for n in range(1, 41))
    assert first.model_fields_set is last.model_fields_set
    # Python reserves room for keys that may come, and less with every instance.
    assert sys.getsizeof(vars(last)) < 0.7 * sys.getsizeof(dict(vars(SPEC).items()))


def test_values_that_are_often_equal_are_shared_if_they_are_the_same() -> None:
    compact = Compact(TrialSpec, ["options"])
    values: list[dict[str, object]] = [{"k": 3}, {"k": 3}, {"k": 3.0}, {"k": True}, {"k": 1}]
    first, second, *others = (compact.copy(SPEC, options=value) for value in values)
    assert first.options is second.options
    assert [repr(one.options) for one in others] == [repr(value) for value in values[2:]]
