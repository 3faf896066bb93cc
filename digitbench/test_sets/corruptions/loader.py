"""The test set `corruptions`: its options, and where its images come from."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from digitbench.test_sets.chosen import chosen_names, normal_choice
from digitbench.test_sets.corruptions.static_files import load_static
from digitbench.test_sets.corruptions.table import CORRUPTIONS, SEVERITIES, Corruption
from digitbench.test_sets.made import Change, Recipe, made_set
from digitbench.types import Dataset, ModelOptions, TestSet, TestSetContext

VERSION = 1
"""Of the corrupted pixels: to be raised when any of them changes."""

PUBLISHED = "published"

_NAMES = [corruption.name for corruption in CORRUPTIONS]
_LEVELS = [str(severity) for severity in SEVERITIES]


def _severities(text: object) -> str:
    return PUBLISHED if text == PUBLISHED else normal_choice(text, _LEVELS, "severity")


class CorruptionOptions(ModelOptions):
    """The options of `corruptions`.

    With `severity=all` MNIST's images take 590 MB in the cache, else 118 MB for each severity.
    """

    severity: Annotated[str, BeforeValidator(_severities)] = Field(
        default=PUBLISHED,
        description="published: for each the one that MNIST-C has; all; or some, such as 1/3/5",
    )
    only: Annotated[
        str, BeforeValidator(partial(normal_choice, names=_NAMES, kind="corruption"))
    ] = Field(default="all", description="some of the corruptions, such as fog/rotate")
    source: Literal["made", "files"] = Field(
        default="made",
        description="made of the run's test images, or MNIST-C's files in the data directory",
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="of the random parts")

    @model_validator(mode="after")
    def _files_are_as_they_are(self) -> Self:
        if self.source == "files" and (self.severity != PUBLISHED or self.seed):
            raise ValueError(
                "source=files has the published severities alone: leave out severity and seed"
            )
        return self


def load_corruptions(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Make the corrupted test images of a data set, or read MNIST-C's.

    Raises:
        DatasetUnavailableError: MNIST-C's files are asked for, and not there.
        DatasetError: they are not what they should be, or there are too many images.
    """
    options = context.options
    assert isinstance(options, CorruptionOptions)  # noqa: S101 - what the specification says
    names = chosen_names(options.only, _NAMES)
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
    return [int(level) for level in chosen_names(choice, _LEVELS)]
