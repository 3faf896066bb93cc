"""Groups and strata of images: sums, deviations, and strata that say nothing by themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.analysis.sampling import one_by_one, sampling_of
from digitbench.types import Groups


def groups_of(numbers: list[int], strata: list[int]) -> Groups:
    names = tuple(f"s{i}" for i in range(max(strata, default=0) + 1))
    return Groups("writer", np.array(numbers, np.int32), np.array(strata, np.int32), names)


def test_sums_are_those_of_each_group() -> None:
    sampling = sampling_of(groups_of([7, 3, 7, 9, 3], [1, 0, 1, 1, 0]), 5)
    assert sampling.groups == 3
    assert sampling.group_of_image.tolist() == [1, 0, 1, 2, 0]
    matrix = np.array([[True, True, True, False, False], [False, True, False, True, True]])
    assert sampling.sums(matrix).tolist() == [[1, 2, 0], [2, 0, 1]]
    assert sampling.group_sizes.tolist() == [2, 2, 1]
    assert sampling.population == "new writers"


def test_without_groups_every_image_is_one() -> None:
    sampling = sampling_of(None, 4)
    assert (sampling.groups, sampling.images, sampling.population) == (4, 4, "new digits")
    assert sampling.is_plain
    assert sampling.sums(np.eye(4, dtype=bool)).tolist() == np.eye(4).tolist()
    assert sampling.factors == pytest.approx(np.full(4, 4 / 3))


def test_groups_of_one_image_in_strata_keep_these() -> None:
    sampling = sampling_of(groups_of([4, 2, 9, 1], [0, 1, 0, 1]), 4)
    assert sampling.one_by_one
    assert not sampling.is_plain
    assert sampling.stratum_of_group.tolist() == [0, 1, 0, 1]
    assert sampling.deviations(np.array([1.0, 1, 0, 1])).tolist() == [0.5, 0, -0.5, 0]


@pytest.mark.parametrize(
    ("strata", "merged"),
    [
        ([0, 0, 1], [0, 0, 0]),  # alone: into the only other one
        ([0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 1]),  # alone: into the smaller one
        ([0, 0, 1, 2], [0, 0, 1, 1]),  # two alone: with each other
        ([0, 1], [0, 0]),
        ([0], [0]),
        ([5, 5, 2, 2], [1, 1, 0, 0]),
    ],
)
def test_a_stratum_of_one_group_is_merged(strata: list[int], merged: list[int]) -> None:
    numbers = [i for i in range(len(strata)) for _ in range(2)]
    doubled = [stratum for stratum in strata for _ in range(2)]
    sampling = sampling_of(groups_of(numbers, doubled), len(numbers))
    assert sampling.stratum_of_group.tolist() == merged


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=30))
def test_deviations_are_from_the_mean_of_the_stratum(images: list[tuple[int, int]]) -> None:
    numbers = [2 * group + stratum for group, stratum in images]
    sampling = sampling_of(groups_of(numbers, [stratum for _, stratum in images]), len(images))
    values = np.arange(len(images)) % 3 == 0
    of_image = sampling.stratum_of_group[sampling.group_of_image]
    means = np.array([values[of_image == s].mean() for s in of_image])
    due = np.bincount(sampling.group_of_image, values - means)
    found = sampling.deviations(sampling.sums(values[np.newaxis])[0])
    assert found == pytest.approx(due, abs=1e-12)


def test_equal_groups_deviate_by_nothing_at_all() -> None:
    sampling = sampling_of(groups_of([0, 0, 0, 1, 1, 1, 2, 2, 2], [0] * 9), 9)
    assert not sampling.deviations(np.ones(3)).any()
    assert not one_by_one(7).deviations(np.full(7, 3.0)).any()


def test_groups_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="2 images have groups, and there are 3"):
        sampling_of(groups_of([0, 1], [0, 0]), 3)
