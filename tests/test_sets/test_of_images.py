"""The test images of a data set as a test set."""

from dataclasses import replace

import numpy as np
import pytest

from digitbench.errors import DatasetError
from digitbench.test_sets.of_images import set_of_dataset
from digitbench.types import Dataset, Groups


def grouped(dataset: Dataset, numbers: list[int]) -> Dataset:
    found = np.array(numbers, np.int32)
    groups = Groups("writer", found, found % 2, ("a", "b"))
    return replace(dataset, test=replace(dataset.test, groups=groups))


def test_it_has_the_test_images_with_their_groups(dataset: Dataset) -> None:
    data = grouped(dataset, [number % 4 for number in range(len(dataset.test))])
    test_set = set_of_dataset(data)
    (condition,) = test_set.conditions
    assert test_set.source == "here"
    assert condition.key == ""
    assert condition.images is not None
    assert np.shares_memory(condition.images, dataset.test.images)
    assert np.shares_memory(condition.labels, dataset.test.labels)
    assert condition.groups is data.test.groups
    assert condition.positions is None


def test_a_single_group_is_none(dataset: Dataset) -> None:
    (condition,) = set_of_dataset(grouped(dataset, [3] * len(dataset.test))).conditions
    assert condition.groups is None


def test_no_images_are_no_test_set(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="no images"):
        set_of_dataset(replace(dataset, test=dataset.test.part(slice(0))))
