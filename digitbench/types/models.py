"""What a plugin says of a model, and what its classifier is given and has to give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from digitbench.processors import available_cpus
from digitbench.types.data import Images, Split
from digitbench.types.plain import plain_mapping
from digitbench.types.stored import Stored

MOST_OPTIONS = 100_000
"""Characters, more or less, of all of a model's options."""


PYTHON_FAMILY = "python"
"""The family of models that are given as Python objects, of which no plugin knows."""


def is_python(name: str) -> bool:
    """Tell whether the name of a model is that of a Python object."""
    return name.startswith(f"{PYTHON_FAMILY}:")


class ModelOptions(BaseModel):
    """Base class of a model's options; every field needs a default and a description.

    The fields give validation, `--models "knn[k=3]"`, the help of `digitbench models knn` and
    part of a trial's identity. From the command line a value arrives as a string.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoOptions(ModelOptions):
    """The options of a model that has none."""


def option_values(options: ModelOptions) -> dict[str, JsonValue]:
    """Return every option with its value, as a run keeps them.

    Raises:
        ValueError: a value cannot be kept, or would not come back as it is.
    """
    values = options.model_dump(mode="json")
    for name, value in values.items():
        if isinstance(value, float) and not isfinite(value):
            raise ValueError(f"option {name}={value}: numbers must be finite")
    if plain_mapping(values, "the options", MOST_OPTIONS) != values:
        raise ValueError("an option holds a number that is not finite, or text that is not Unicode")
    return values


class Classifier(Protocol):
    """What `ModelSpec.build` returns: one classifier.

    digitbench fits each once. One that is fitted again forgets what it learnt before.

    Optional members, detected by their presence:

    - `predict_proba(images) -> (n, 10) float array`: rows are probabilities and sum to 1;
    - `predict_both(images) -> (predictions, probabilities)`: what `predict` and `predict_proba`
      give for the images, from one computation. A trial asks for them with this one call and counts
      it as the time to predict, so have it only where it takes no longer than `predict`;
    - `n_parameters: int | None`: the number of trained (or remembered) parameters, read after
      `fit`;
    - `size_bytes: int | None`: what the trained classifier needs to predict, as it would be saved,
      read after `fit`;
    - `history: Sequence[Mapping[str, float]]`: one entry per epoch, read after `fit`; `seconds` in
      an entry is the time since `fit` began, at the end of the epoch, which gives the time to an
      accuracy; every other figure is a metric. NaN and infinity are kept: a training that diverges
      does not fail;
    - `details: Mapping[str, str | int | float | bool]`: what was really used, such as the
      backend or the device; kept with the result. Lists and mappings may nest, up to 20 levels and
      some 1,000,000 characters in all; NaN and infinity are kept as text;
    - `save(directory: Path) -> None`: writes what the trained classifier needs to predict into a
      directory that is there and empty, called after `fit`: plain files, no directories, 64 MB in
      all. `ModelSpec.load` makes the classifier from them again. Arrays are written by
      `digitbench.save_arrays`; nothing pickled is kept. A `KeptModelError` says why this one
      cannot be kept;
    - `picklable: bool`: true claims that a fitted classifier can be pickled and then predicts the
      same in another process; `digitbench plugin check` holds it to that.
    """

    def fit(self, train: Split, validation: Split | None) -> None:
        """Learn from `train`; `validation` is there if the run holds images out.

        `train.groups` tells which images belong together, such as by their writer, where the data
        set knows: for a classifier that sets images aside itself.

        The arrays are read-only and shared: scale a copy. Some digits may be missing.
        """

    def predict(self, images: Images) -> NDArray[np.integer[Any]]:
        """Return the predicted digits, integers `(n,)` from 0 to 9, for any `n`, 0 included."""


@dataclass(frozen=True)
class FitProgress:
    """How far a fit has come.

    Attributes:
        step: steps done, such as epochs.
        total: steps in all.
        unit: what a step is.
        metrics: current values to show, such as `{"loss": 0.12}`.
    """

    step: int
    total: int
    unit: str = "epoch"
    metrics: Mapping[str, float] = field(default_factory=dict)


def _ignore_progress(progress: FitProgress) -> None:
    """Drop a progress report; the default when nobody watches."""


@dataclass(frozen=True)
class BuildContext:
    """What a classifier may know of its trial.

    Attributes:
        seed: the trial's seed; all randomness must come from it.
        threads: CPU threads the classifier may use.
        report: call it now and then during `fit` to feed the progress display.
    """

    seed: int
    threads: int = field(default_factory=available_cpus)
    report: Callable[[FitProgress], None] = _ignore_progress


class PublishedResult(Stored):
    """Accuracies somebody published for a model, shown beside ours on the same data.

    Attributes:
        dataset: name of the data set; shown only if ours is canonically that.
        accuracies: test accuracy of each published trial, as a fraction.
        source: where they were published.
    """

    dataset: str
    accuracies: tuple[float, ...] = Field(min_length=1)
    source: str

    @property
    def accuracy_mean(self) -> float:
        """Mean of the published accuracies, as a fraction."""
        return sum(self.accuracies) / len(self.accuracies)


@dataclass(frozen=True)
class ModelSpec:
    """A model that a plugin offers.

    Attributes:
        name: lower-case letters, digits, dashes and underscores; what `--models` takes.
        summary: one line for `digitbench models`.
        build: makes a new, unfitted classifier from its options. Import the heavy framework
            here and not at the top of the plugin's module.
        options: the model's options, a `ModelOptions` class.
        deterministic: True if the seed changes nothing, so that one trial says it all; or a
            function of the options that says so.
        published: published accuracies to show beside ours.
        source: a class or function of the package that does the work, where that is not the one
            `build` is in; with its source the model's results are told from those of another
            state of it.
        quick_options: option values that make a training short, for a smoke run (`--quick`), if
            a small data set is not enough for that; what the user gives goes before them.
        load: makes a fitted classifier from the directory that its `save` wrote, which it only
            reads, and the same options; `context.threads` may be others. It predicts what the
            saved one did. The directory may come from a stranger: `load` runs nothing of it, and
            raises a `KeptModelError` for a wrong content. None if the model cannot be kept.
        exports: formats in which `digitbench export` can write a kept model for other programs,
            such as `onnx`: for each a function of the loaded classifier and the file, or the
            directory, that it is to make. It raises a `UsageError` for what it cannot write.
    """

    name: str
    summary: str
    build: Callable[[Any, BuildContext], Classifier]
    options: type[ModelOptions] = NoOptions
    deterministic: bool | Callable[[Any], bool] = False
    published: PublishedResult | None = None
    source: object | None = None
    quick_options: Mapping[str, object] = field(default_factory=dict, hash=False)
    load: Callable[[Path, Any, BuildContext], Classifier] | None = None
    exports: Mapping[str, Callable[[Any, Path], None]] = field(default_factory=dict, hash=False)

    def is_deterministic(self, options: ModelOptions) -> bool:
        """Tell whether the model with these options ignores its seed."""
        if callable(self.deterministic):
            return bool(self.deterministic(options))
        return self.deterministic


@dataclass(frozen=True)
class ModelFamily:
    """Any number of models, created from `prefix:name`.

    Attributes:
        name: lower-case letters, digits, dashes and underscores; `--models` takes it with a colon
            and a member: `sklearn:ensemble.ExtraTreesClassifier`.
        summary: one line for `digitbench models`, with an example of a member.
        resolve: makes the `ModelSpec` of a member, the text after the colon. The spec's name is
            the whole of it, prefix and colon included. It must give the same for the same text
            wherever the plugin is, because worker processes resolve the model again. It raises
            a `UsageError` that says what to do if there is no such member.
    """

    name: str
    summary: str
    resolve: Callable[[str], ModelSpec]
