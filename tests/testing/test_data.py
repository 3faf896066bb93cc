"""Tiny digits, and what the checks make of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench import Split
from digitbench.testing import tiny_digits
from digitbench.testing.data import (
    PERMUTATION,
    mislabelled,
    permuted,
    repeated,
    with_constant_images,
    without,
    writeable,
)


def split_of(digits: list[int]) -> Split:
    labels = np.array(digits, np.uint8)
    return Split(np.full((len(digits), 28, 28), 7, np.uint8), labels)


digit_lists = st.lists(st.integers(0, 9), max_size=200)


def test_tiny_digits_are_a_few_hundred_of_every_digit() -> None:
    digits = tiny_digits()
    assert (len(digits.train), len(digits.test)) == (721, 178)
    for split in (digits.train, digits.test):
        assert split.images.dtype == np.uint8
        assert split.images.shape[1:] == (28, 28)
        assert split.images.max() == 255
        assert np.bincount(split.labels, minlength=10).min() >= len(split) / 13
        assert not split.images.flags.writeable


def test_tiny_digits_are_the_same_every_time() -> None:
    assert (tiny_digits().train.images == tiny_digits().train.images).all()


@given(digit_lists)
def test_no_wrong_label_is_right_and_all_are_as_frequent(digits: list[int]) -> None:
    split = split_of(digits)
    wrong = mislabelled(split)
    assert (wrong.labels != split.labels).all()
    for digit in set(digits):
        counts = np.bincount(wrong.labels[split.labels == digit], minlength=10)
        others = np.delete(counts, digit)
        assert others.max() - others.min() <= 1


@given(digit_lists)
def test_permuted_labels_are_one_to_one_and_none_stays(digits: list[int]) -> None:
    labels = split_of(digits).labels
    renamed = permuted(labels)
    assert (renamed != labels).all()
    assert (np.argsort(PERMUTATION)[renamed] == labels).all()


@given(digit_lists, st.integers(1, 4))
def test_repeated_images_keep_their_labels(digits: list[int], times: int) -> None:
    more = repeated(split_of(digits), times)
    assert more.labels.tolist() == digits * times
    assert len(more.images) == len(more.labels)


def test_without_leaves_the_other_digits() -> None:
    assert without(split_of([3, 1, 8, 3, 9]), (3, 8)).labels.tolist() == [1, 9]


def test_constant_images_are_one_in_twenty_five() -> None:
    images = with_constant_images(split_of([1] * 100)).images
    assert [int(image.max()) for image in images if image.max() != 7] == [0, 255, 0, 255]


def test_a_writeable_copy_is_a_copy() -> None:
    split = split_of([1, 2])
    copy = writeable(split)
    copy.images[0] = 0
    copy.labels[0] = 9
    assert split.images.min() == 7
    assert split.labels.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 0
