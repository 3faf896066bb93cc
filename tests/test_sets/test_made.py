"""Sets that are made of a run's test images, and their place in the cache."""

from __future__ import annotations

import logging
import mmap
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import DatasetError
from digitbench.test_sets.made import Change, Recipe, made_set
from digitbench.types import Dataset, Groups, Images, Split, TestSet, TestSetContext

RECIPE = Recipe("inverted", version=1, seed=0)


@dataclass
class Inverting:
    """Inverts images, and counts how often."""

    calls: int = 0

    def __call__(self, images: Images) -> Images:
        self.calls += 1
        return 255 - images


@pytest.fixture
def inverting() -> Inverting:
    return Inverting()


@pytest.fixture
def make(context: TestSetContext, digits: Dataset, inverting: Inverting) -> Callable[..., TestSet]:
    def call(recipe: Recipe = RECIPE, dataset: Dataset = digits) -> TestSet:
        changes = [Change("invert", 0, None), Change("invert", 1, inverting)]
        return made_set(context.data, dataset, recipe, changes)

    return call


def entries(context: TestSetContext) -> list[Path]:
    return sorted((context.data.cache_dir / "arrays").iterdir())


def is_mapped(array: np.ndarray) -> bool:
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


def test_images_are_paired_with_the_test_images(
    make: Callable[..., TestSet], digits: Dataset
) -> None:
    numbers = np.arange(355, dtype=np.int32) % 40
    grouped = replace(digits, test=Split(digits.test.images, digits.test.labels))
    groups = Groups("writer", numbers, np.zeros_like(numbers))
    object.__setattr__(grouped.test, "groups", groups)
    itself, inverted = make(dataset=grouped).conditions
    assert (itself.key, inverted.key) == ("invert@0", "invert@1")
    assert itself.images is None
    assert inverted.images is not None
    np.testing.assert_array_equal(inverted.images, 255 - digits.test.images)
    for condition in (itself, inverted):
        np.testing.assert_array_equal(condition.labels, digits.test.labels)
        np.testing.assert_array_equal(condition.positions, np.arange(355))
        assert condition.groups is groups


def test_images_are_made_once_and_mapped(
    make: Callable[..., TestSet], inverting: Inverting, context: TestSetContext
) -> None:
    first, second = make().conditions[1].images, make().conditions[1].images
    assert inverting.calls == 1
    assert first is not None
    assert second is not None
    assert is_mapped(first)
    assert is_mapped(second)
    assert not second.flags.writeable
    np.testing.assert_array_equal(first, second)
    (entry,) = entries(context)
    assert entry.name.startswith("inverted-")


def test_what_is_made_is_told_and_what_is_there_is_not(
    context: TestSetContext, digits: Dataset, inverting: Inverting
) -> None:
    told: list[tuple[str, int, int]] = []
    data = replace(context.data, working=lambda what, done, total: told.append((what, done, total)))
    for severities in ((1,), (1, 2, 3), (1, 2, 3)):
        changes = [Change("invert", severity, inverting) for severity in severities]
        made_set(data, digits, RECIPE, [Change("invert", 0, None), *changes])
    line = "making the test set inverted ({}), once; kept in {}"
    one, two = (line.format(text, data.cache_dir) for text in ("1 condition", "2 conditions"))
    assert told == [(one, 0, 1), (one, 1, 1), (two, 0, 2), (two, 1, 2), (two, 2, 2)]


def test_another_version_replaces_the_entry(
    make: Callable[..., TestSet], inverting: Inverting, context: TestSetContext
) -> None:
    make()
    make(replace(RECIPE, version=2))
    assert inverting.calls == 2
    assert len(entries(context)) == 1
    make(replace(RECIPE, version=2))
    assert inverting.calls == 2


def test_another_seed_or_other_test_images_have_another_entry(
    make: Callable[..., TestSet], digits: Dataset, context: TestSetContext
) -> None:
    make()
    make(replace(RECIPE, seed=1))
    fewer = make(dataset=replace(digits, test=digits.test.part(slice(0, 10))))
    assert len(fewer.conditions[1]) == 10
    assert len(entries(context)) == 3


def test_a_damaged_entry_is_made_again(
    make: Callable[..., TestSet], inverting: Inverting, context: TestSetContext, digits: Dataset
) -> None:
    make()
    (entry,) = entries(context)
    file = entry / "test_images.npy"
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(damaged)
    images = make().conditions[1].images
    assert images is not None
    assert inverting.calls == 2
    np.testing.assert_array_equal(images, 255 - digits.test.images)


def test_a_cache_that_cannot_be_written_is_said_once(
    context: TestSetContext, digits: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    context.data.cache_dir.write_text("a file, no directory")
    changes = [Change("invert", severity, lambda images: 255 - images) for severity in (1, 2, 3)]
    with caplog.at_level(logging.WARNING):
        made = made_set(context.data, digits, RECIPE, changes)
    assert [record.getMessage().split(" cannot")[0] for record in caplog.records] == [
        "the arrays of inverted"
    ]
    for condition in made.conditions:
        assert condition.images is not None
        np.testing.assert_array_equal(condition.images, 255 - digits.test.images)


def test_too_many_images_are_refused_before_any_is_made(
    context: TestSetContext, digits: Dataset, inverting: Inverting
) -> None:
    changes = [Change("invert", severity, inverting) for severity in range(5634)]
    with pytest.raises(DatasetError, match=r"5634 conditions of 355 test images.*choose some"):
        made_set(context.data, digits, RECIPE, changes)
    assert not inverting.calls
