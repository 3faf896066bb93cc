"""Images as a test set of one condition."""

from dataclasses import replace

import numpy as np
import pytest

from digitbench.errors import DatasetError
from digitbench.test_sets.of_images import set_of_images
from digitbench.types import Dataset, Groups, Split


def grouped(dataset: Dataset, numbers: list[int]) -> Split:
    found = np.array(numbers, np.int32)
    return replace(dataset.test, groups=Groups("writer", found, found % 2, ("a", "b")))


def test_it_has_all_images_with_their_groups(dataset: Dataset) -> None:
    split = grouped(dataset, [number % 4 for number in range(len(dataset.test))])
    test_set = set_of_images(split, "here")
    (condition,) = test_set.conditions
    assert test_set.source == "here"
    assert condition.key == ""
    assert condition.images is not None
    assert np.shares_memory(condition.images, split.images)
    assert np.shares_memory(condition.labels, split.labels)
    assert condition.groups is split.groups
    assert condition.positions is None


def test_a_single_group_is_none(dataset: Dataset) -> None:
    (condition,) = set_of_images(grouped(dataset, [3] * len(dataset.test)), "here").conditions
    assert condition.groups is None


def test_no_images_are_no_test_set(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="no images"):
        set_of_images(dataset.test.part(slice(0)), "here")
