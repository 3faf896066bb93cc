"""Test sets that are made of a run's own test images, image by image, and kept in the cache.

A condition of MNIST's 10,000 images takes 7.8 MB there. An entry of an earlier version is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from digitbench.datasets.cache import load_cached_splits
from digitbench.datasets.fingerprint import fingerprint_of
from digitbench.datasets.source import SplitSource
from digitbench.errors import DatasetError
from digitbench.types import DataContext, Dataset, Images, Split, TestCondition, TestSet
from digitbench.types.test_sets import MOST_IMAGES_OF_SET


@dataclass(frozen=True)
class Change:
    """How the images of a condition are made.

    Attributes:
        name: the condition's name.
        severity: the condition's severity.
        change: makes them of the test images, uint8 `(n, 28, 28)`; None if they are the test
            images themselves.
    """

    name: str
    severity: float
    change: Callable[[Images], Images] | None

    @property
    def key(self) -> str:
        """What the condition is called within its set."""
        return f"{self.name}@{self.severity:g}"


@dataclass(frozen=True)
class Recipe:
    """What tells made images from others, besides the test images and the condition.

    Attributes:
        name: the test set's name.
        version: to be raised whenever the same condition gets other pixels.
        seed: what random numbers follow from.
    """

    name: str
    version: int
    seed: int


def made_set(
    context: DataContext, dataset: Dataset, recipe: Recipe, changes: Sequence[Change]
) -> TestSet:
    """Make a test set, or take it from the cache; each image is paired with its test image.

    Raises:
        DatasetError: there are too many images.
    """
    test = dataset.test
    if len(test) * len(changes) > MOST_IMAGES_OF_SET:
        raise DatasetError(
            f"{recipe.name}: {len(changes)} conditions of {len(test):,} test images are more than "
            f"{MOST_IMAGES_OF_SET:,} images; choose some with only=... or severity=..."
        )
    really_made = [change for change in changes if change.change is not None]
    splits = load_cached_splits(
        context.cache_dir,
        recipe.name,
        _sources(dataset, recipe, really_made),
        _told(recipe.name, context),
    )
    images = {change.key: split.images for change, split in zip(really_made, splits, strict=True)}
    conditions = tuple(
        paired_condition(test, change.name, change.severity, images.get(change.key))
        for change in changes
    )
    return TestSet(conditions, f"made of the test images of {dataset.name}")


def paired_condition(
    test: Split, name: str, severity: float, images: Images | None
) -> TestCondition:
    """Return a condition with an image for each test image; None: these themselves."""
    return TestCondition(
        test.labels, images, name, severity, test.groups, np.arange(len(test), dtype=np.uint32)
    )


def _told(name: str, context: DataContext) -> Callable[[int, int], None] | None:
    """Return what hears how many conditions are made; None if nobody wants to know."""
    working = context.working
    if working is None:
        return None

    def tell(done: int, total: int) -> None:
        conditions = "1 condition" if total == 1 else f"{total} conditions"
        what = f"making the test set {name} ({conditions}), once; kept in {context.cache_dir}"
        working(what, done, total)

    return tell


def _sources(dataset: Dataset, recipe: Recipe, changes: Iterable[Change]) -> list[SplitSource]:
    made_of = fingerprint_of({"test": dataset.test})
    return [
        SplitSource(
            where=f"the test images of {dataset.name}",
            key=f"{recipe.name} {change.key} seed {recipe.seed} of {made_of}",
            version=str(recipe.version),
            read=_reader(dataset.test, change.change),
        )
        for change in changes
        if change.change is not None
    ]


def _reader(test: Split, change: Callable[[Images], Images]) -> Callable[[], Split]:
    return lambda: Split(change(test.images), test.labels)
