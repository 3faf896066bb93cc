"""The frozen records that flow between the layers of digitbench.

Two kinds live here. Records that hold arrays or callables (`Split`, `Dataset`, `ModelSpec`,
`DatasetSpec`, the contexts) are plain frozen dataclasses. Records that are stored
(`RunPlan`, `TrialSpec`, `TrialResult`, `RunRecord` and their parts) are frozen pydantic models,
so that reading a run back validates it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from digitbench.errors import DatasetError
from digitbench.seeds import trial_seed

IMAGE_SHAPE = (28, 28)
NUM_CLASSES = 10

Images = NDArray[np.uint8]
"""Grey-scale images, uint8 `(n, 28, 28)`, 0 for paper and 255 for ink, read-only."""

Labels = NDArray[np.uint8]
"""Digits 0 to 9, uint8 `(n,)`, read-only."""


# --- data -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels.

    Attributes:
        images: uint8 `(n, 28, 28)`, read-only, often memory-mapped.
        labels: uint8 `(n,)` with values 0 to 9, read-only.

    Raises:
        DatasetError: if the arrays have another dtype or shape, or differ in length.
    """

    images: Images
    labels: Labels

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
            raise DatasetError(
                f"images must be uint8 of shape (n, 28, 28), not {images.dtype} {images.shape}"
            )
        if labels.dtype != np.uint8 or labels.ndim != 1:
            raise DatasetError(
                f"labels must be uint8 of shape (n,), not {labels.dtype} {labels.shape}"
            )
        if len(images) != len(labels):
            raise DatasetError(f"{len(images)} images but {len(labels)} labels")
        if len(labels) and int(labels.max()) >= NUM_CLASSES:
            raise DatasetError(f"labels must be 0 to 9, found {int(labels.max())}")
        for name, array in (("images", images), ("labels", labels)):
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set as its loader returns it.

    Attributes:
        name: the name it was asked for by, such as `mnist`.
        train: the training images, all of them; the runner holds out validation images.
        test: the test images. Classifiers never see their labels.
        source: where the arrays came from, in words for people.
    """

    name: str
    train: Split
    test: Split
    source: str


class DownloadProgress(Protocol):
    """What a loader calls while it downloads a file."""

    def __call__(self, file: str, received_bytes: int, total_bytes: int | None) -> None:
        """Report that `received_bytes` of a file have come, of `total_bytes` if that is known."""


@dataclass(frozen=True)
class DataContext:
    """What a data set's loader may use.

    Attributes:
        cache_dir: digitbench's own cache, for files and decompressed arrays.
        data_dir: the directory the user named (`--data-dir`, `DIGITBENCH_DATA_DIR`), if any.
        offline: never touch the network.
        progress: called while a file is downloaded.
    """

    cache_dir: Path
    data_dir: Path | None = None
    offline: bool = False
    progress: DownloadProgress | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """A data set that a plugin offers.

    Attributes:
        name: lower-case letters, digits and dashes; what `--dataset` takes.
        summary: one line for `digitbench data list`.
        load: makes the `Dataset`; raises `DatasetUnavailableError` if it cannot be had and
            `DatasetError` if what was found is bad.
        canonical_fingerprint: `digitbench.datasets.fingerprint.fingerprint` of the published
            data, where it is known; lets a result say that its data are the canonical ones.
        source_url: where the data are published.
    """

    name: str
    summary: str
    load: Callable[[DataContext], Dataset]
    canonical_fingerprint: str | None = None
    source_url: str | None = None


# --- models -----------------------------------------------------------------------------------


class ModelOptions(BaseModel):
    """Base class of a model's options; every field needs a default and a description.

    The fields give validation, `--models "knn[k=3]"`, the help of `digitbench models knn` and
    part of a trial's identity. From the command line a value arrives as a string.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoOptions(ModelOptions):
    """The options of a model that has none."""


class Classifier(Protocol):
    """What `ModelSpec.build` returns: one classifier, to be fitted once.

    Optional members, detected by their presence:

    - `predict_proba(images) -> (n, 10) float array`: rows are probabilities and sum to 1;
    - `n_parameters: int | None`: the number of trained (or remembered) parameters, read after
      `fit`;
    - `size_bytes: int | None`: what the trained classifier needs to predict, as it would be saved,
      read after `fit`;
    - `history: Sequence[Mapping[str, float]]`: one entry per epoch, read after `fit`;
    - `details: Mapping[str, str | int | float | bool]`: what was really used, such as the
      backend or the device; kept with the result.
    """

    def fit(self, train: Split, validation: Split | None) -> None:
        """Learn from `train`; `validation` is there if the run holds images out.

        The arrays are read-only and shared: scale a copy.
        """

    def predict(self, images: Images) -> NDArray[np.integer[Any]]:
        """Return the predicted digits, integers `(n,)` from 0 to 9."""


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


def available_cpus() -> int:
    """Return the number of processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


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


class _Stored(BaseModel):
    """Base class of the stored records: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedResult(_Stored):
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
    """

    name: str
    summary: str
    build: Callable[[Any, BuildContext], Classifier]
    options: type[ModelOptions] = NoOptions
    deterministic: bool | Callable[[Any], bool] = False
    published: PublishedResult | None = None

    def is_deterministic(self, options: ModelOptions) -> bool:
        """Tell whether the model with these options ignores its seed."""
        if callable(self.deterministic):
            return bool(self.deterministic(options))
        return self.deterministic


# --- runs -------------------------------------------------------------------------------------


class PlannedModel(_Stored):
    """One row of a run: a model with its options.

    Attributes:
        label: the model as it was asked for, in normal form, such as `knn[k=3]`; unique in a run.
        name: the model's name.
        options: every option with its value, defaults included.
        deterministic: run once, because the seed changes nothing.
        plugin: the plugin that offers the model: its entry point's name, or its file.
        distribution: the installed distribution the plugin belongs to; None for a file.
        version: that distribution's version.
        source_hash: SHA-256 of the plugin's source files; None where they cannot be found.
        published: published accuracies of the model.
    """

    label: str
    name: str
    options: dict[str, JsonValue]
    deterministic: bool
    plugin: str
    distribution: str | None
    version: str | None
    source_hash: str | None = None
    published: PublishedResult | None


class DatasetInfo(_Stored):
    """Which data a run used.

    Attributes:
        name: the data set's name.
        source: where the arrays came from.
        fingerprint: SHA-256 of the arrays' content (`digitbench.datasets.fingerprint`).
        canonical: whether they are the published ones; None if that cannot be told.
        train_size, validation_size, test_size: numbers of images; the first excludes the second.
    """

    name: str
    source: str
    fingerprint: str
    canonical: bool | None
    train_size: int
    validation_size: int
    test_size: int


class TrialSpec(_Stored):
    """One trial: everything that decides its outcome, apart from the machine.

    Attributes:
        model: the label of the planned model.
        name: the model's name.
        options: every option with its value.
        trial: the trial's number, counted from 1.
        seed: its seed (`digitbench.seeds.trial_seed`).
        threads: CPU threads it may use.
    """

    model: str
    name: str
    options: dict[str, JsonValue]
    trial: int = Field(ge=1)
    seed: int
    threads: int = Field(ge=1)


class RunPlan(_Stored):
    """What a run will do.

    Attributes:
        models: the rows, in the order asked for.
        dataset: the data.
        trials: trials of each model that is not deterministic.
        base_seed: the seed all trial seeds are made from.
        threads: CPU threads per trial.
        engine: where the trials run.
        jobs: how many trials run at a time.
        timeout_seconds: how long a trial may take; None for as long as it wants.
    """

    models: tuple[PlannedModel, ...]
    dataset: DatasetInfo
    trials: int = Field(ge=1)
    base_seed: int
    threads: int = Field(ge=1)
    engine: str
    jobs: int = Field(1, ge=1)
    timeout_seconds: float | None = Field(None, gt=0)

    def trials_of(self, model: PlannedModel) -> int:
        """Return how many trials a model gets: one if the seed changes nothing."""
        return 1 if model.deterministic else self.trials

    def trial_specs(self) -> tuple[TrialSpec, ...]:
        """Return the trials in interleaved order: trial 1 of every model, then trial 2 ...

        Slow drifts of the machine (heat, other users) then fall on all models alike.
        """
        return tuple(
            TrialSpec(
                model=model.label,
                name=model.name,
                options=model.options,
                trial=trial,
                seed=trial_seed(self.base_seed, trial),
                threads=self.threads,
            )
            for trial in range(1, self.trials + 1)
            for model in self.models
            if trial <= self.trials_of(model)
        )


class TrialResult(_Stored):
    """What came of one trial.

    Attributes:
        spec: the trial.
        status: `ok`, or `failed` with `error` saying why.
        accuracy: fraction of the test images predicted right; None if failed.
        fit_seconds: wall time of `fit` alone.
        predict_seconds: wall time of `predict` on all test images, after an untimed warm-up.
        fit_cpu_seconds, predict_cpu_seconds: processor time of the same, all threads of the
            process together; processes that the classifier starts are not counted.
        latency_median_seconds, latency_p95_seconds: wall time of `predict` on a single image;
            the second is None if too few could be timed.
        peak_memory_bytes: the most resident memory `fit` and `predict` held above the level
            just before `fit`, the run's images left out; processes that the classifier starts
            are not counted. None where the system does not tell.
        n_parameters: as the classifier reports it.
        model_size_bytes: `size_bytes` of the classifier.
        details: what the classifier says it used (backend, device).
        history: the classifier's figures per epoch.
        error: one line; None unless failed.
        traceback: for `--debug` and bug reports, or the last output of a process that died; None
            unless failed.
        reused_from: the run that the result was taken from; None if the trial was run.
        started_at, finished_at: UTC, from before `build` until the result was there; None where
            the second was not recorded.
        predictions: uint8 `(n_test,)`; kept in a file of its own.
        probabilities: float32 `(n_test, 10)` if the classifier gives them; likewise.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    spec: TrialSpec
    status: Literal["ok", "failed"]
    started_at: datetime
    accuracy: float | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    fit_cpu_seconds: float | None = None
    predict_cpu_seconds: float | None = None
    latency_median_seconds: float | None = None
    latency_p95_seconds: float | None = None
    peak_memory_bytes: int | None = None
    n_parameters: int | None = None
    model_size_bytes: int | None = None
    details: dict[str, JsonValue] = Field(default_factory=dict)
    history: tuple[dict[str, float], ...] = ()
    error: str | None = None
    traceback: str | None = None
    reused_from: str | None = None
    finished_at: datetime | None = None
    predictions: Annotated[Labels | None, Field(exclude=True, repr=False)] = None
    probabilities: Annotated[NDArray[np.float32] | None, Field(exclude=True, repr=False)] = None


class Environment(_Stored):
    """Where a run happened.

    Attributes:
        python: version of Python.
        platform: operating system and machine, as `platform.platform()` says it.
        processor: name of the CPU.
        cpus: processors the run could use.
        memory_bytes: the machine's memory; None where unknown.
        versions: versions of the distributions that matter, by name.
        variables: environment variables that steer threads and numerics, where set.
    """

    python: str
    platform: str
    processor: str
    cpus: int
    memory_bytes: int | None
    versions: dict[str, str]
    variables: dict[str, str]


class RunRecord(_Stored):
    """A run, as stored.

    Attributes:
        id: the run directory's name.
        plan: what was to be done.
        environment: where.
        started_at, finished_at: UTC; `finished_at` is None if the run was cut off.
        status: `running`, `complete` or `interrupted`.
        results: finished trials in the order they finished.
        test_labels: uint8 `(n_test,)`, so that every figure can be recomputed.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: str
    plan: RunPlan
    environment: Environment
    started_at: datetime
    finished_at: datetime | None = None
    status: Literal["running", "complete", "interrupted"] = "running"
    results: tuple[TrialResult, ...] = ()
    test_labels: Annotated[Labels | None, Field(exclude=True, repr=False)] = None

    @property
    def failed(self) -> tuple[TrialResult, ...]:
        """The trials that failed."""
        return tuple(result for result in self.results if result.status == "failed")


@dataclass(frozen=True)
class ExporterSpec:
    """A place outside digitbench that a plugin can copy a stored run to.

    Attributes:
        name: lower-case letters, digits, dashes and underscores; what `digitbench export --to`
            takes.
        summary: one line for people.
        export: copies a run, whole or what is missing of it, to a destination (`--destination`;
            None for the exporter's own default), and returns one line that says where it went.
            Copying a run twice must leave one copy. It raises a `UsageError` for what the user
            can mend; any other error is shown as one line.
    """

    name: str
    summary: str
    export: Callable[[RunRecord, str | None], str]
