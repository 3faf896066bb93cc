"""The file of a baseline: what a gate compares later runs with, small enough to be committed.

It is written by `digitbench baseline` and read strictly: another version, an unknown field or
figures that contradict each other are refused in one line.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from digitbench.errors import UsageError
from digitbench.given import read_text
from digitbench.store.layout import first_fault, refuse_constant
from digitbench.types import NUM_CLASSES, Environment
from digitbench.types.models import MOST_OPTIONS
from digitbench.types.plain import plain_mapping, short

BASELINE_VERSION = 2
"""Version of the layout: 1 knows no further test sets, and is read."""

_MOST_IMAGES = 10_000_000
"""Images of a data set, at most: an array of them must fit the memory."""

_NUMBERS = re.compile(r"\[\n\s*([^\[\]{}]*?)\s*\n\s*\]")
"""A list, over several lines, that holds no other one."""
_LINES = re.compile(r"\s*\n\s*")

_Fraction = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0, le=_MOST_IMAGES)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
_PerDigit = Field(min_length=NUM_CLASSES, max_length=NUM_CLASSES)


class _Part(BaseModel):
    """A part of a baseline: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class BaselineDataset(_Part):
    """The data that the trials were run on.

    Attributes:
        name: the data set's name.
        fingerprint: SHA-256 of the arrays' content.
        train_size, validation_size, test_size: numbers of images; the first excludes the second.
        test_images_per_digit: how many test images show 0, 1, ... 9.
        validation_rule: which validation images these are, such as `writers:5000`, if they are
            those of whole groups; null for the last ones.
    """

    name: str
    fingerprint: str
    train_size: _Count
    validation_size: _Count
    test_size: Annotated[int, Field(ge=1, le=_MOST_IMAGES)]
    test_images_per_digit: Annotated[tuple[_Count, ...], _PerDigit]
    validation_rule: str | None = None


class BaselineTestSet(_Part):
    """A further test set that the trials were run on.

    Attributes:
        label: the set as it was asked for, in normal form.
        fingerprint: SHA-256 of its content.
    """

    label: str
    fingerprint: str


class BaselineFigures(_Part):
    """What the trials of a model got on a test set, or on one of its conditions.

    Attributes:
        images: how many predictions each accuracy is made of.
        accuracies: of each trial, a fraction.
        predictions: of each trial, the beginning of the SHA-256 of its predictions.
    """

    images: Annotated[int, Field(ge=1)]
    accuracies: Annotated[tuple[_Fraction, ...], Field(min_length=1)]
    predictions: tuple[_Digest, ...]


class BaselineModel(_Part):
    """A model's trials.

    Attributes:
        label: the model as it was asked for, in normal form, or what the user calls it.
        name: the model's name.
        options: every option with its value, defaults included.
        deterministic: the seed changes nothing; there is one trial.
        plugin: the plugin that offers the model: its entry point's name, or its file's name.
        distribution: the installed distribution the plugin belongs to; null for a file.
        version: that distribution's version.
        source_hash: SHA-256 of the plugin's source files; null where they could not be found.
        accuracies: of each trial, a fraction.
        class_accuracies: of each digit, the mean over the trials, rounded to six places; null for
            a digit that no test image shows.
        wrong_per_digit: for each trial, how many images of each digit are wrong.
        seeds: of each trial.
        predictions: of each trial, the beginning of the SHA-256 of its predictions: equal ones
            are the same predictions.
        wrong_images: which test images are wrong (numbers from 0), by the number of trials in
            which they are; the others are always right.
        alias_of: the model in normal form where the label is the user's own; else null.
        test_sets: the figures on further test sets, by the name of a set or of a condition.
    """

    label: str
    name: str
    options: dict[str, JsonValue]
    deterministic: bool
    plugin: str
    distribution: str | None
    version: str | None
    source_hash: str | None
    accuracies: Annotated[tuple[_Fraction, ...], Field(min_length=1)]
    class_accuracies: Annotated[tuple[_Fraction | None, ...], _PerDigit]
    wrong_per_digit: tuple[Annotated[tuple[_Count, ...], _PerDigit], ...]
    seeds: tuple[int, ...]
    predictions: tuple[_Digest, ...]
    wrong_images: dict[Annotated[int, Field(ge=1)], tuple[_Count, ...]]
    alias_of: str | None = None
    test_sets: dict[str, BaselineFigures] = Field(default_factory=dict)

    @field_validator("options")
    @classmethod
    def _finite(cls, options: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if plain_mapping(options, "they", MOST_OPTIONS) != options:
            raise ValueError("a number is not finite, or a text not Unicode")
        return options

    @property
    def trials(self) -> int:
        """The number of trials."""
        return len(self.accuracies)

    def wrong_counts(self, images: int) -> NDArray[np.int64]:
        """Return in how many trials each test image is wrong, `(images,)`."""
        counts = np.zeros(images, np.int64)
        for trials, numbers in self.wrong_images.items():
            counts[list(numbers)] = trials
        return counts


class Baseline(_Part):
    """A baseline, as its file has it.

    Attributes:
        baseline_version: version of this layout.
        run: name of the run it was made from.
        finished_at: when that ended, UTC.
        trials: trials of each model that is not deterministic.
        base_seed: the seed that all trial seeds are made from.
        threads: CPU threads per trial.
        dataset: the data.
        environment: hardware, versions, and the variables that steer numerics.
        models: in the run's order.
        test_sets: the further test sets.
    """

    baseline_version: Literal[1, 2] = 2
    run: str
    finished_at: datetime | None
    trials: Annotated[int, Field(ge=1)]
    base_seed: int
    threads: Annotated[int, Field(ge=1)]
    dataset: BaselineDataset
    environment: Environment
    models: Annotated[tuple[BaselineModel, ...], Field(min_length=1)]
    test_sets: tuple[BaselineTestSet, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        labels = [model.label for model in self.models]
        if len(set(labels)) < len(labels):
            raise ValueError("two models have the same label")
        if sum(self.dataset.test_images_per_digit) != self.dataset.test_size:
            raise ValueError("test_images_per_digit do not add up to test_size")
        for model in self.models:
            for fault in _faults(model, self.dataset):
                raise ValueError(f"{model.label}: {fault}")
            planned = 1 if model.deterministic else self.trials
            if model.trials != planned:
                raise ValueError(f"{model.label}: {model.trials} trials where {planned} are due")
            if len(set(model.seeds)) < planned:
                raise ValueError(f"{model.label}: two trials have the same seed")
        sets = [one.label for one in self.test_sets]
        if len(set(sets)) < len(sets):
            raise ValueError("two test sets have the same label")
        return self

    def model(self, label: str) -> BaselineModel | None:
        """Return the model of a label, if there is one."""
        return next((model for model in self.models if model.label == label), None)


def _faults(model: BaselineModel, dataset: BaselineDataset) -> Iterator[str]:
    """Yield what contradicts itself in a model's figures."""
    trials = model.trials
    yield from _faults_of_sets(model)
    for name in ("wrong_per_digit", "seeds", "predictions"):
        if len(getattr(model, name)) != trials:
            yield f"accuracies has {trials} trials, {name} has {len(getattr(model, name))}"
            return
    wrong = [sum(counts) for counts in model.wrong_per_digit]
    for accuracy, count in zip(model.accuracies, wrong, strict=True):
        if abs(accuracy - (1 - count / dataset.test_size)) > 1e-9:  # noqa: PLR2004
            yield f"accuracies has {accuracy}, but wrong_per_digit has {count} wrong images"
    for digit, size in enumerate(dataset.test_images_per_digit):
        counts = [counts[digit] for counts in model.wrong_per_digit]
        mean = round(1 - sum(counts) / trials / size, 6) if size else None
        if max(counts) > size or mean != model.class_accuracies[digit]:
            yield f"class_accuracies and wrong_per_digit differ in digit {digit}"
    numbers = [number for listed in model.wrong_images.values() for number in listed]
    if numbers and max(numbers) >= dataset.test_size:
        yield f"wrong_images names image {max(numbers)} of {dataset.test_size}"
    if len(set(numbers)) < len(numbers):
        yield "wrong_images names an image twice"
    if max(model.wrong_images, default=0) > trials or sum(wrong) != sum(
        count * len(listed) for count, listed in model.wrong_images.items()
    ):
        yield "wrong_images and wrong_per_digit have different numbers of errors"


def _faults_of_sets(model: BaselineModel) -> Iterator[str]:
    for name, figures in model.test_sets.items():
        for part in (figures.accuracies, figures.predictions):
            if len(part) != model.trials:
                yield f"accuracies has {model.trials} trials, the test set {name} {len(part)}"


def baseline_text(baseline: Baseline) -> str:
    """Write a baseline as JSON: indented, but with each list of numbers on a line of its own."""
    text = json.dumps(baseline.model_dump(mode="json"), indent=2, allow_nan=False)
    return _NUMBERS.sub(lambda found: f"[{_LINES.sub(' ', found[1])}]", text) + "\n"


def read_baseline(file: Path) -> Baseline:
    """Read a baseline.

    Raises:
        UsageError: it cannot be read, is no baseline, is damaged, or of another version.
    """
    try:
        text = read_text(file)
        content = json.loads(text, parse_constant=refuse_constant)
    except OSError as error:
        raise UsageError(
            f"cannot read the baseline {file}: {error.strerror}; "
            "make one with `digitbench baseline RUN > FILE`"
        ) from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{file} is not a baseline: it is not JSON ({reason})") from error
    if not isinstance(content, dict) or "baseline_version" not in content:
        raise UsageError(f"{file} is not a baseline of digitbench: it has no baseline_version")
    if content["baseline_version"] not in range(1, BASELINE_VERSION + 1):
        found = short(content["baseline_version"])
        raise UsageError(
            f"{file} has version {found}; this digitbench reads versions 1 to {BASELINE_VERSION}: "
            "make the baseline anew"
        )
    try:
        return Baseline.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise UsageError(f"{file} is damaged: {first_fault(error)}") from error


def baseline_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    return Baseline.model_json_schema(mode="serialization")
