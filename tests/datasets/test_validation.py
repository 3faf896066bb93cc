"""Held-out training images: the last ones, and those of whole groups in the test set's mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbench.datasets.published import MNIST
from digitbench.datasets.validation import ValidationRule, held_out_images, hold_out
from digitbench.datasets.writers import known_groups
from digitbench.errors import UsageError
from digitbench.types import Dataset, Groups, Split


@pytest.fixture
def dataset(splits: tuple[Split, Split]) -> Dataset:
    """30 training images of ten writers in two series, 20 test images, a quarter of series b."""
    train, test = splits
    writers = np.repeat(np.arange(10, dtype=np.int32), 3)
    series = (writers >= 5).astype(np.int32)
    known = Groups("writer", writers, series, ("a", "b"))
    others = np.arange(20, dtype=np.int32)
    unknown = Groups("writer", others, (others >= 15).astype(np.int32), ("a", "b"))
    return Dataset("made-up", replace(train, groups=known), replace(test, groups=unknown), "a test")


def groups_of(sizes: list[int], strata: list[int], names: tuple[str, ...] = ("a", "b")) -> Groups:
    numbers = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return Groups("writer", numbers, np.repeat(np.array(strata, np.int32), sizes), names)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (0, ValidationRule(0)),
        ("5000", ValidationRule(5000)),
        ("writers:50", ValidationRule(50, "writers")),
        ("groups:0", ValidationRule(0, "groups")),
    ],
)
def test_a_rule_is_read_as_it_is_written(written: int | str, rule: ValidationRule) -> None:
    assert ValidationRule.parse(written) == rule
    assert str(rule) == str(written)


@pytest.mark.parametrize(
    "written", ["", "-1", -1, "5e3", "writers", "writers:", ":5", "writers:-5", "a:b:5", "5 ", True]
)
def test_what_is_no_rule_is_refused_in_one_line(written: int | str) -> None:
    with pytest.raises(UsageError, match="name a number of images, as 5000") as refused:
        ValidationRule.parse(written)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("count", [1, 7, 29])
def test_the_last_images_are_held_out(dataset: Dataset, count: int) -> None:
    train = dataset.train
    rest, validation = hold_out(dataset, ValidationRule(count))
    assert validation is not None
    assert (len(rest), len(validation)) == (30 - count, count)
    np.testing.assert_array_equal(np.concatenate([rest.images, validation.images]), train.images)
    np.testing.assert_array_equal(np.concatenate([rest.labels, validation.labels]), train.labels)
    for part in (rest, validation):
        assert np.shares_memory(part.images, train.images)
        assert not part.images.flags.writeable
        assert part.groups is not None
        assert len(part.groups) == len(part)


@pytest.mark.parametrize("groups", [None, "writers"])
def test_nothing_held_out_is_no_validation(dataset: Dataset, groups: str | None) -> None:
    assert hold_out(dataset, ValidationRule(0, groups)) == (dataset.train, None)


@pytest.mark.parametrize("count", [30, 31])
@pytest.mark.parametrize("groups", [None, "writers"])
def test_something_is_left_to_train_on(dataset: Dataset, count: int, groups: str | None) -> None:
    with pytest.raises(UsageError, match="leaves none to train on"):
        hold_out(dataset, ValidationRule(count, groups))


@pytest.mark.parametrize("name", ["writers", "writer", "groups"])
def test_whole_groups_are_held_out_in_the_test_sets_mix(dataset: Dataset, name: str) -> None:
    train = dataset.train
    assert train.groups is not None
    rest, validation = hold_out(dataset, ValidationRule(12, name))
    assert validation is not None
    assert rest.groups is not None
    assert validation.groups is not None
    assert validation.groups.stratum_counts.tolist() == [3, 1]
    assert not set(rest.groups.numbers.tolist()) & set(validation.groups.numbers.tolist())
    assert (len(rest), len(validation)) == (18, 12)
    held_out = np.isin(train.groups.numbers, validation.groups.numbers)
    np.testing.assert_array_equal(validation.images, train.images[held_out])
    np.testing.assert_array_equal(rest.labels, train.labels[~held_out])


def test_groups_that_are_not_there_are_refused(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match="made-up has no pages; name its writers"):
        hold_out(dataset, ValidationRule(5, "pages"))
    bare = replace(dataset, train=replace(dataset.train, groups=None))
    with pytest.raises(UsageError, match="has no writers, since it is not known which"):
        hold_out(bare, ValidationRule(5, "writers"))


def test_less_than_a_group_cannot_be_held_out(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match="no writer has so few images"):
        hold_out(dataset, ValidationRule(1, "writers"))


def test_a_stratum_is_never_held_out_as_a_whole(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match="leaves no writer of a to train on"):
        hold_out(dataset, ValidationRule(20, "writers"))


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=30),
    share=st.floats(0, 0.7),
    shuffle=st.randoms(use_true_random=False),
)
def test_as_many_images_as_whole_groups_allow_whatever_their_order(
    sizes: list[int], share: float, shuffle: object
) -> None:
    groups = groups_of([*sizes, 9, 9], [0] * (len(sizes) + 2))
    count = round(share * sum(sizes))
    held_out = held_out_images(groups, None, count)
    assert abs(int(held_out.sum()) - count) <= max([*sizes, 9]) / 2
    kept, taken = groups.part(~held_out), groups.part(held_out)
    assert not set(kept.numbers.tolist()) & set(taken.numbers.tolist())
    order = np.arange(len(groups))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    again = groups.part(order).part(held_out_images(groups.part(order), None, count))
    assert set(again.numbers.tolist()) == set(taken.numbers.tolist())


@pytest.mark.parametrize(
    ("test", "mix"),
    [
        (None, [10, 30]),
        (groups_of([4, 4], [0, 1]), [20, 20]),
        (groups_of([6, 2], [0, 1], ("b", "a")), [10, 30]),
        (groups_of([6, 2], [0, 1], ("b", "c")), [0, 40]),
        (groups_of([6, 2], [0, 1], ("d", "c")), [10, 30]),
    ],
    ids=["not known", "half and half", "by name", "one shared", "none shared"],
)
def test_strata_are_mixed_as_in_the_test_set_as_far_as_they_are_there(
    test: Groups | None, mix: list[int]
) -> None:
    groups = groups_of([1] * 200, [0] * 50 + [1] * 150)
    held_out = held_out_images(groups, test, 40)
    assert np.bincount(groups.strata[held_out], minlength=2).tolist() == mix


def test_5000_images_of_mnist_are_those_of_45_writers_half_of_each_series() -> None:
    """What was chosen on them stays comparable only as long as these are they."""
    found = known_groups(str(MNIST.fingerprint))
    assert found is not None
    train, test = found
    held_out: NDArray[np.bool_] = held_out_images(train, test, 5_000)
    part = train.part(held_out)
    assert part.count == 45
    assert np.bincount(part.strata).tolist() == [2_500, 2_500]
    assert np.unique(part.numbers).tolist() == WRITERS_OF_5000


WRITERS_OF_5000 = [
    3,
    22,
    26,
    29,
    35,
    41,
    48,
    59,
    89,
    94,
    108,
    114,
    120,
    147,
    149,
    156,
    163,
    165,
    194,
    206,
    219,
    226,
    238,
    286,
    2103,
    2110,
    2132,
    2133,
    2144,
    2146,
    2157,
    2159,
    2200,
    2209,
    2216,
    2231,
    2232,
    2241,
    2243,
    2257,
    2258,
    2263,
    2275,
    2280,
    2289,
]
