"""Groups of images: what the record accepts, and what a part of them keeps."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbench.errors import DatasetError
from digitbench.types import Groups, Split

NUMBERS = np.array([7, 7, 2, 9], np.int32)
STRATA = np.array([1, 1, 0, 1], np.int32)
NAMES = ("staff", "students")


def test_groups_count_themselves_and_are_read_only() -> None:
    numbers = NUMBERS.copy()
    groups = Groups("writer", numbers, STRATA, NAMES)
    assert (len(groups), groups.count, groups.plural) == (4, 3, "writers")
    assert groups.stratum_counts.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        groups.numbers[0] = 1
    numbers[0] = 1


def test_without_strata_there_is_one() -> None:
    groups = Groups("writer", NUMBERS, np.zeros_like(NUMBERS))
    assert groups.stratum_names == ("all",)
    assert groups.stratum_counts.tolist() == [3]


def test_no_images_are_no_groups() -> None:
    none = np.zeros(0, np.int32)
    groups = Groups("writer", none, none)
    assert (groups.count, groups.stratum_counts.tolist()) == (0, [0])


@pytest.mark.parametrize(
    ("name", "numbers", "strata", "names", "message"),
    [
        ("", NUMBERS, STRATA, NAMES, "bad name of groups ''"),
        ("a:b", NUMBERS, STRATA, NAMES, "bad name of groups"),
        ("writer", NUMBERS.astype(np.int64), STRATA, NAMES, "numbers of groups must be an int32"),
        ("writer", [1, 2, 3, 4], STRATA, NAMES, "not list"),
        ("writer", NUMBERS.reshape(2, 2), STRATA, NAMES, "must be an int32 array of shape"),
        ("writer", NUMBERS, STRATA[:3], NAMES, "4 numbers but 3 strata"),
        ("writer", -NUMBERS, STRATA, NAMES, "must not be negative"),
        ("writer", NUMBERS, STRATA, ("staff",), "stratum 1 has no name"),
        ("writer", NUMBERS, STRATA, ("staff", "staff"), "must be given and differ"),
        ("writer", NUMBERS, STRATA, ("staff", " "), "must be given and differ"),
        ("writer", NUMBERS, np.array([1, 0, 0, 1], np.int32), NAMES, "more than one stratum"),
    ],
)
def test_bad_groups_are_refused(
    name: str, numbers: object, strata: object, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        Groups(name, numbers, strata, names)  # type: ignore[arg-type]


def test_a_split_has_one_group_for_each_image() -> None:
    images, labels = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)
    with pytest.raises(DatasetError, match="3 labels but groups of 4 images"):
        Split(images, labels, Groups("writer", NUMBERS, STRATA, NAMES))
    with pytest.raises(DatasetError, match=r"must be a digitbench\.Groups, not ndarray"):
        Split(images, labels, np.zeros(3, np.int32))  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 3), max_size=8))
def test_a_part_keeps_images_labels_and_groups_together(chosen: list[int]) -> None:
    labels = np.arange(4, dtype=np.uint8)
    images = np.broadcast_to(labels[:, None, None], (4, 28, 28))
    split = Split(images, labels, Groups("writer", NUMBERS, STRATA, NAMES))
    part = split.part(np.array(chosen, np.intp))
    assert part.labels.tolist() == chosen
    assert part.images[:, 3, 3].tolist() == chosen
    assert part.groups is not None
    assert part.groups.numbers.tolist() == NUMBERS[chosen].tolist()
    assert part.groups.strata.tolist() == STRATA[chosen].tolist()
    assert part.groups.stratum_names == NAMES


@pytest.mark.parametrize(
    "chosen", [slice(1, 3), np.array([False, True, True, False]), np.array([1, 2])]
)
def test_parts_are_chosen_as_arrays_are(chosen: slice | NDArray[np.bool_]) -> None:
    groups = Groups("writer", NUMBERS, STRATA, NAMES)
    assert groups.part(chosen).numbers.tolist() == [7, 2]


def test_groups_travel_between_processes() -> None:
    there = pickle.loads(pickle.dumps(Groups("writer", NUMBERS, STRATA, NAMES)))  # noqa: S301
    assert there.numbers.tolist() == NUMBERS.tolist()
    assert (there.name, there.stratum_names) == ("writer", NAMES)
