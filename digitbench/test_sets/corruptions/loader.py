"""The test set `corruptions`: where its images come from."""

from __future__ import annotations

from functools import partial

from digitbench.test_sets.chosen import chosen_names
from digitbench.test_sets.corruptions.static_files import load_static
from digitbench.test_sets.corruptions.table import (
    CORRUPTION_NAMES,
    CORRUPTIONS,
    LEVELS,
    Corruption,
)
from digitbench.test_sets.made import Change, Recipe, made_set
from digitbench.test_sets.options import PUBLISHED, CorruptionOptions
from digitbench.types import Dataset, TestSet, TestSetContext

VERSION = 1
"""Of the corrupted pixels: to be raised when any of them changes."""


def load_corruptions(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Make the corrupted test images of a data set, or read MNIST-C's.

    Raises:
        DatasetUnavailableError: MNIST-C's files are asked for, and not there.
        DatasetError: they are not what they should be, or there are too many images.
    """
    options = context.options
    assert isinstance(options, CorruptionOptions)  # noqa: S101 - what the specification says
    names = chosen_names(options.only, CORRUPTION_NAMES)
    corruptions = [corruption for corruption in CORRUPTIONS if corruption.name in names]
    if options.source == "files":
        return load_static(context.data, dataset, corruptions)
    changes = [
        Change(
            corruption.name,
            severity,
            partial(corruption.applied, severity=severity, seed=options.seed),
        )
        for corruption in corruptions
        for severity in _chosen_severities(corruption, options.severity)
    ]
    return made_set(context.data, dataset, Recipe("corruptions", VERSION, options.seed), changes)


def _chosen_severities(corruption: Corruption, choice: str) -> list[int]:
    if choice == PUBLISHED:
        return [corruption.published]
    return [int(level) for level in chosen_names(choice, LEVELS)]
