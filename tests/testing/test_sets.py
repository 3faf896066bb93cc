"""Checks of test sets: each finds the set that was made to fail it, and no other does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import Dataset, TestCondition, TestSet, TestSetContext, TestSetSpec
from digitbench.plugins import PluginHost
from digitbench.testing import CheckResult, ConformanceError, check_test_set, tiny_digits
from digitbench.testing.sets import SET_CHECKS, set_checks

CHECKS = ["loads", *(check.name for check in SET_CHECKS)]


def negative(dataset: Dataset) -> TestSet:
    test = dataset.test
    positions = np.arange(len(test), dtype=np.uint32)
    return TestSet((TestCondition(test.labels, 255 - test.images, positions=positions),), "tests")


def bare(dataset: Dataset) -> Any:
    return dataset.test


def drawn_anew(dataset: Dataset) -> TestSet:
    images = np.random.default_rng().integers(0, 256, (5, 28, 28), np.uint8)
    return TestSet((TestCondition(np.arange(5, dtype=np.uint8), images),), "tests")


def spoils_its_input(dataset: Dataset) -> TestSet:
    """Make the test images negative where they are, and give them back as a copy."""
    found = negative(dataset)
    images = dataset.test.images.base
    assert images is not None
    np.copyto(images, 255 - images)
    return found


def mispaired(dataset: Dataset) -> TestSet:
    test = dataset.test
    positions = np.roll(np.arange(len(test), dtype=np.uint32), 1)
    return TestSet((TestCondition(test.labels, test.images, positions=positions),), "tests")


def results(load: Callable[[Dataset], TestSet]) -> list[CheckResult]:
    found = list(set_checks("made", load))
    assert [result.check.name for result in found] == CHECKS
    return found


def test_a_sound_set_passes() -> None:
    assert all(result.ending is None for result in results(negative))


@pytest.mark.parametrize(
    ("load", "check"),
    [
        (bare, "loads"),
        (drawn_anew, "same_again"),
        (spoils_its_input, "dataset_untouched"),
        (mispaired, "pairs_keep_labels"),
    ],
)
def test_a_fault_is_found_by_its_own_check_alone(load: Any, check: str) -> None:
    found = results(load)
    assert [result.check.name for result in found if result.failed] == [check]
    (failure,) = (result.reason for result in found if result.failed)
    assert failure.startswith("expected ")
    assert "; found " in failure


def test_nothing_is_said_of_a_set_that_does_not_load() -> None:
    _, *others = results(bare)
    assert {result.reason for result in others} == {"it says nothing after loads failed"}


def test_a_set_of_a_plugin_with_options_and_an_argument(
    host_of: Callable[..., PluginHost],
) -> None:
    sets = {name: entry.spec for name, entry in host_of("further_sets").test_sets.items()}
    assert len(check_test_set(sets["dim"], {"steps": 3})) == len(CHECKS)
    assert len(check_test_set(sets["named"], argument="2")) == len(CHECKS)
    with pytest.raises(ConformanceError) as caught:
        check_test_set(sets["changes"])
    first, line = str(caught.value).splitlines()
    assert first == f"changes fails 1 of {len(CHECKS)} checks"
    assert line.startswith("same_again: expected the same images and labels")


def test_a_set_is_made_for_the_data_set_that_is_given() -> None:
    seen: list[int] = []

    def load(context: TestSetContext, dataset: Dataset) -> TestSet:
        seen.append(len(dataset.test))
        assert context.data.offline
        return negative(dataset)

    spec = TestSetSpec("seen", "Notes its data set", load)
    digits = tiny_digits()
    few = Dataset("few", digits.train, digits.test.part(slice(10)), "tests")
    check_test_set(spec, dataset=few)
    check_test_set(spec)
    assert seen == [10, 10, len(digits.test), len(digits.test)]
