"""What came of a run, where it happened, and how a plugin copies it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, JsonValue

from digitbench.types.data import Labels
from digitbench.types.groups import Groups
from digitbench.types.plans import RunPlan, TrialSpec
from digitbench.types.stored import Stored


class TrialResult(Stored):
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
        predictions: uint8 `(n_test,)`; None if failed. In a stored run they are mapped from its
            file, read-only.
        probabilities: float32 `(n_test, 10)` if the classifier gives them. Only
            `digitbench_trial_finished` gets them with the result; a stored run keeps them
            compressed, and `digitbench.read_results(record.directory)` yields its results one by
            one with them.
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


class Environment(Stored):
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


class RunRecord(Stored):
    """A run, as stored.

    Attributes:
        id: the run directory's name.
        directory: the run directory, as an absolute path; None for a run that is not stored.
        plan: what was to be done.
        environment: where.
        started_at, finished_at: UTC; `finished_at` is None if the run was cut off.
        status: `running`, `complete` or `interrupted`.
        results: finished trials in the order they finished.
        test_labels: uint8 `(n_test,)`, so that every figure can be recomputed.
        test_groups: the groups of the test images, such as their writers; None if not known.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: str
    plan: RunPlan
    environment: Environment
    started_at: datetime
    finished_at: datetime | None = None
    status: Literal["running", "complete", "interrupted"] = "running"
    results: tuple[TrialResult, ...] = ()
    directory: Annotated[Path | None, Field(exclude=True, repr=False)] = None
    test_labels: Annotated[Labels | None, Field(exclude=True, repr=False)] = None
    test_groups: Annotated[Groups | None, Field(exclude=True, repr=False)] = None

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
