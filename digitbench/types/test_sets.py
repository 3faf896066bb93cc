"""Further images that the trained classifiers of a run predict, besides its own test images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue, model_validator

from digitbench.errors import DatasetError
from digitbench.types.data import IMAGE_SHAPE, DataContext, Dataset, Images, Labels, Split
from digitbench.types.groups import Groups
from digitbench.types.models import ModelOptions, NoOptions
from digitbench.types.plain import Line, Text
from digitbench.types.stored import Stored

MOST_IMAGES_OF_SET = 2_000_000
"""Images of a test set, all its conditions together, at most."""

Positions = NDArray[np.uint32]
"""Which of a run's test images: their positions, from 0, uint32 `(n,)`, read-only."""


@dataclass(frozen=True, eq=False)
class TestCondition:
    """Images of a test set that are scored together, such as those with one corruption.

    Attributes:
        labels: the right digits, uint8 `(n,)`, at least one.
        images: uint8 `(n, 28, 28)`, best memory-mapped; None if they are test images of the run
            itself, at `positions`: then nothing is predicted anew.
        name: lower-case letters, digits, dashes and underscores, such as `shot_noise`; empty for a
            set's only condition.
        severity: how strong it is, where that is a number, such as degrees or a step of five;
            conditions of one name and different severities make a curve.
        groups: which images belong together; None if that is not known.
        positions: from which test image of the run each image was made, or which it is, so that
            both can be compared image by image; None if they are others.

    Raises:
        DatasetError: the arrays have another dtype or shape, differ in length, are empty, or are
            too long.
    """

    __test__: ClassVar[bool] = False  # pytest collects classes that begin with Test

    labels: Labels
    images: Images | None = None
    name: str = ""
    severity: float | None = None
    groups: Groups | None = None
    positions: Positions | None = None

    def __post_init__(self) -> None:
        if self.images is None and self.positions is None:
            raise DatasetError("a condition needs images, or positions of the run's test images")
        _check_size(len(self.labels))
        images = self.images
        if images is None:
            images = np.broadcast_to(np.uint8(0), (len(self.labels), *IMAGE_SHAPE))
        checked = Split(images, self.labels, self.groups)
        if not len(checked):
            raise DatasetError("a condition has no images")
        object.__setattr__(self, "labels", checked.labels)
        if self.images is not None:
            object.__setattr__(self, "images", checked.images)
        if self.positions is not None:
            object.__setattr__(self, "positions", _checked_positions(self.positions, len(checked)))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def key(self) -> str:
        """What the condition is called within its set: name and severity, such as `rotate@3`."""
        return self.name if self.severity is None else f"{self.name}@{self.severity:g}"


@dataclass(frozen=True, eq=False)
class TestSet:
    """A test set as its loader returns it.

    Attributes:
        conditions: what it consists of, at least one; no two have the same name and severity.
        source: where the images came from, in words for people.

    Raises:
        DatasetError: there is no condition, two are called alike, one of several has no name, or
            there are too many images.
    """

    __test__: ClassVar[bool] = False

    conditions: tuple[TestCondition, ...]
    source: str

    def __post_init__(self) -> None:
        keys = [condition.key for condition in self.conditions]
        if not keys:
            raise DatasetError("a test set has no condition")
        if len(keys) > 1 and not all(condition.name for condition in self.conditions):
            raise DatasetError("each of several conditions of a test set needs a name")
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise DatasetError(f"a test set has the condition {twice[0]!r} twice")
        _check_size(sum(map(len, self.conditions)))


@dataclass(frozen=True)
class TestSetContext:
    """What a test set's loader may use.

    Attributes:
        data: the cache, the user's data directory, whether downloads are allowed.
        options: the set's options as the user gave them, of the class `TestSetSpec.options`.
        argument: what follows the name and a colon, such as a directory; None if nothing does.
    """

    __test__: ClassVar[bool] = False

    data: DataContext
    options: ModelOptions = field(default_factory=NoOptions)
    argument: str | None = None


@dataclass(frozen=True)
class TestSetSpec:
    """A test set that a plugin offers.

    Attributes:
        name: lower-case letters, digits, dashes and underscores; what `--test-sets` takes.
        summary: one line for people.
        load: makes the set for a run's data set, images made from its test images included. It
            raises `DatasetUnavailableError` if it cannot be had and `DatasetError` if what was
            found is bad; the run goes on without the set.
        options: the set's options, a `ModelOptions` class: `--test-sets "corruptions[...]"`.
        argument: what must follow the name and a colon, in capitals, such as `DIR`; None if
            nothing may. What is called `DIR` or `FILE` is a path, and is made absolute.
        source_url: where the images are published.
        classes: the ten classes, where a run's data set must have the very same; None if the set
            has those of whatever data set it is made for.
    """

    __test__: ClassVar[bool] = False

    name: str
    summary: str
    load: Callable[[TestSetContext, Dataset], TestSet]
    options: type[ModelOptions] = NoOptions
    argument: str | None = None
    source_url: str | None = None
    classes: tuple[str, ...] | None = None


class PlannedCondition(Stored):
    """A condition of a run's test set.

    Attributes:
        name: of the condition; empty for a set's only one.
        severity: how strong it is; None where that is no number.
        size: number of images.
        of_test: whether its images are test images of the run itself.
        paired: whether each image is, or was made from, a known test image of the run.
    """

    name: str
    severity: float | None = None
    size: int = Field(ge=1, le=MOST_IMAGES_OF_SET)
    of_test: bool = False
    paired: bool = False

    @property
    def key(self) -> str:
        """What the condition is called within its set: name and severity, such as `rotate@3`."""
        return self.name if self.severity is None else f"{self.name}@{self.severity:g}"


class PlannedTestSet(Stored):
    """A further test set of a run.

    Attributes:
        label: the set as it was asked for, in normal form, such as `corruptions[severity=3]` or
            `pictures:digits`; unique in a run.
        name: the set's name.
        options: every option with its value, defaults included.
        argument: what followed the name and a colon; None if nothing did.
        plugin: the plugin that offers it: its entry point's name, or its file.
        distribution: the installed distribution the plugin belongs to; None for a file.
        version: that distribution's version.
        source: where the images came from; empty if they could not be loaded.
        fingerprint: SHA-256 of the content of all conditions; empty if they could not be loaded.
        conditions: what it consists of; none if it could not be loaded.
        error: why it could not be loaded, in one line; None if it was.
    """

    label: Text
    name: str
    options: dict[str, JsonValue] = Field(default_factory=dict)
    argument: Text | None = None
    plugin: Text = ""
    distribution: Text | None = None
    version: Text | None = None
    source: Text = ""
    fingerprint: str = ""
    conditions: tuple[PlannedCondition, ...] = ()
    error: Line | None = None

    @model_validator(mode="after")
    def _loaded_or_not(self) -> Self:
        keys = [condition.key for condition in self.conditions]
        if (self.error is None) != bool(keys) or len(set(keys)) < len(keys):
            raise ValueError("a test set has either conditions that differ, or an error")
        if sum(condition.size for condition in self.conditions) > MOST_IMAGES_OF_SET:
            raise ValueError(f"a test set has more than {MOST_IMAGES_OF_SET:,} images")
        return self

    @property
    def size(self) -> int:
        """How many predictions a trial has of it: those of its conditions, one after the other.

        Conditions whose images are test images of the run have none of their own.
        """
        return sum(condition.size for condition in self.conditions if not condition.of_test)


class SetResult(Stored):
    """What came of one trial on one further test set.

    Attributes:
        test_set: the set's label.
        error: why its images could not be predicted, in one line; None if they were.
        predictions: uint8 `(size,)`, of the conditions that are not of the run's own test images,
            one after the other; None if that failed.
        seconds: how long predicting them took, for estimates alone: it is no figure of the model.
            None if that failed, or was taken from elsewhere.
    """

    test_set: Text
    error: Line | None = None
    seconds: float | None = Field(None, ge=0)
    predictions: Annotated[Labels | None, Field(exclude=True, repr=False)] = None

    model_config = Stored.model_config | {"arbitrary_types_allowed": True}


@dataclass(frozen=True, eq=False)
class SetLabels:
    """What a stored run knows of the images of a condition, so that figures can be recomputed.

    Attributes:
        labels: the right digits, uint8 `(n,)`.
        groups: which images belong together; None if that is not known.
        positions: from which test image of the run each was made, or which it is; None if they are
            others.
    """

    labels: Labels
    groups: Groups | None = None
    positions: Positions | None = None


def _check_size(images: int) -> None:
    """Refuse too many images, before anything of them is read into memory."""
    if images > MOST_IMAGES_OF_SET:
        raise DatasetError(f"a test set has {images:,} images; the most are {MOST_IMAGES_OF_SET:,}")


def _checked_positions(positions: Positions, images: int) -> Positions:
    if positions.dtype != np.uint32 or positions.shape != (images,):
        raise DatasetError(
            f"positions must be uint32 of shape ({images},), not {positions.dtype} "
            f"{positions.shape}"
        )
    view = positions.view()
    view.flags.writeable = False
    return view
