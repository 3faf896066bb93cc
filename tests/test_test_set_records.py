"""The records of further test sets: what they refuse, and what they are called."""

from typing import Any

import numpy as np
import pytest

from digitbench.errors import DatasetError
from digitbench.types import PlannedCondition, TestCondition, TestSet
from digitbench.types.test_sets import MOST_IMAGES_OF_SET


def labels(count: int) -> Any:
    return np.zeros(count, np.uint8)


def images(count: int) -> Any:
    return np.zeros((count, 28, 28), np.uint8)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "a condition needs images, or positions of the run's test images"),
        ({"images": images(4)}, "4 images but 5 labels"),
        ({"images": images(5).astype(int)}, "images must be uint8"),
        ({"positions": np.arange(5)}, r"positions must be uint32 of shape \(5,\), not int64"),
        ({"positions": np.arange(4, dtype=np.uint32)}, r"positions must be uint32 of shape \(5,\)"),
        ({"labels": labels(0), "images": images(0)}, "a condition has no images"),
    ],
)
def test_a_condition_refuses_arrays_that_do_not_fit(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        TestCondition(**{"labels": labels(5)} | parts)


def test_too_many_images_are_refused_before_anything_else_is_looked_at() -> None:
    many = MOST_IMAGES_OF_SET + 1
    with pytest.raises(DatasetError, match="2,000,001 images; the most are 2,000,000"):
        TestCondition(labels(many), labels(1))
    count = many // 2 + 1
    half = TestCondition(labels(count), positions=np.zeros(count, np.uint32), name="a")
    with pytest.raises(DatasetError, match="2,000,002 images; the most are 2,000,000"):
        TestSet((half, TestCondition(half.labels, positions=half.positions, name="b")), "tests")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "a test set has no condition"),
        ((("", None), ("a", None)), "each of several conditions of a test set needs a name"),
        ((("a", 1), ("a", 1.0)), "a test set has the condition 'a@1' twice"),
    ],
)
def test_conditions_are_told_apart_by_name_and_severity(names: Any, message: str) -> None:
    made = tuple(TestCondition(labels(5), images(5), name, severity) for name, severity in names)
    with pytest.raises(DatasetError, match=message):
        TestSet(made, "tests")


@pytest.mark.parametrize(
    ("severity", "key"), [(None, "rotate"), (3, "rotate@3"), (2.5, "rotate@2.5")]
)
def test_a_key_is_name_and_severity(severity: float | None, key: str) -> None:
    assert TestCondition(labels(5), images(5), "rotate", severity).key == key
    assert PlannedCondition(name="rotate", severity=severity, size=5).key == key


def test_the_arrays_of_a_condition_are_read_only_and_the_caller_s_are_not() -> None:
    own, at = images(5), np.arange(5, dtype=np.uint32)
    condition = TestCondition(labels(5), own, positions=at)
    for array in (condition.images, condition.labels, condition.positions):
        assert array is not None
        assert not array.flags.writeable
    own[0] = 1
    at[0] = 1
