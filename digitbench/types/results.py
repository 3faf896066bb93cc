"""What came of a run, where it happened, and how a plugin copies it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, ConfigDict, Field, JsonValue

from digitbench.types.data import Labels
from digitbench.types.groups import Groups
from digitbench.types.plain import Figure, Line, Text, Traceback
from digitbench.types.plans import RunPlan, TrialSpec
from digitbench.types.stored import Stored
from digitbench.types.test_sets import SetLabels, SetResult

Seconds = Annotated[float, Field(ge=0, le=1e12)]
Processors = Annotated[float, Field(ge=0, le=1e6)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(le=2**63 - 1)]


class TrialResult(Stored):
    """What came of one trial.

    Attributes:
        spec: the trial.
        status: `ok`, or `failed` with `error` saying why.
        accuracy: fraction of the test images predicted right; None if failed.
        fit_seconds: wall time of `fit` alone.
        predict_seconds: wall time of `predict` on all test images, after an untimed warm-up.
        fit_cpu_seconds, predict_cpu_seconds: processor time of the same, all threads together,
            and processes that the classifier starts.
        latency_median_seconds, latency_p95_seconds: wall time of `predict` on a single image;
            the second is None if too few could be timed.
        peak_memory_bytes: the most resident memory `fit` and `predict` held above the level
            just before `fit`, the run's images left out, and the peaks of processes that the
            classifier has started and that still run after `predict`. None where the system
            does not tell.
        others_cpus: how many of the processors that the trial could run on others kept busy
            while it ran, on average: other programs, other trials, the host of a virtual
            machine. None where that is unknown, as of a trial of less than half a second.
        n_parameters: as the classifier reports it.
        model_size_bytes: `size_bytes` of the classifier.
        details: what the classifier says it used (backend, device). A number that is not finite
            is there as text: `NaN`, `Infinity` or `-Infinity`.
        history: the classifier's figures per epoch. One may be NaN or infinite, such as the loss
            of a training that diverged; in `trials.jsonl` it is then one of the same texts.
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
        metrics: what the metrics of plugins are of the trial, by key. Exporters and
            `digitbench_run_finished` get them; they are computed, never stored.
        not_kept: one line that says why the trained classifier was not kept, though it was to be;
            None if it was, or was not to be.
        kept_files: what the trained classifier wrote, by the file's name, on the way from where
            the trial ran to the run's directory; otherwise None.
        set_results: what came of the trial on further test sets, in the order of the plan. A
            stored run keeps them in files of their own.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    spec: TrialSpec
    status: Literal["ok", "failed"]
    started_at: AwareDatetime
    accuracy: Fraction | None = None
    fit_seconds: Seconds | None = None
    predict_seconds: Seconds | None = None
    fit_cpu_seconds: Seconds | None = None
    predict_cpu_seconds: Seconds | None = None
    latency_median_seconds: Seconds | None = None
    latency_p95_seconds: Seconds | None = None
    peak_memory_bytes: Count | None = None
    others_cpus: Processors | None = None
    n_parameters: Count | None = None
    model_size_bytes: Count | None = None
    details: dict[str, JsonValue] = Field(default_factory=dict)
    history: tuple[dict[str, Figure], ...] = ()
    error: Line | None = None
    traceback: Traceback | None = None
    reused_from: str | None = None
    finished_at: AwareDatetime | None = None
    not_kept: Line | None = None
    predictions: Annotated[Labels | None, Field(exclude=True, repr=False)] = None
    probabilities: Annotated[NDArray[np.float32] | None, Field(exclude=True, repr=False)] = None
    metrics: dict[str, float] = Field(default_factory=dict, exclude=True, repr=False)
    kept_files: Annotated[dict[str, bytes] | None, Field(exclude=True, repr=False)] = None
    set_results: Annotated[tuple[SetResult, ...], Field(exclude=True, repr=False)] = ()


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

    python: Text
    platform: Text
    processor: Text
    cpus: int
    memory_bytes: int | None
    versions: dict[Text, Text]
    variables: dict[Text, Text]


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
        test_sets: labels and the like of further test sets, by the set's label: one record for
            each condition of the plan, in its order.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: str
    plan: RunPlan
    environment: Environment
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    status: Literal["running", "complete", "interrupted"] = "running"
    results: tuple[TrialResult, ...] = ()
    directory: Annotated[Path | None, Field(exclude=True, repr=False)] = None
    test_labels: Annotated[Labels | None, Field(exclude=True, repr=False)] = None
    test_groups: Annotated[Groups | None, Field(exclude=True, repr=False)] = None
    test_sets: Annotated[dict[str, tuple[SetLabels, ...]], Field(exclude=True, repr=False)] = Field(
        default_factory=dict
    )

    @property
    def failed_test_sets(self) -> tuple[str, ...]:
        """Labels of the further test sets that could not be loaded, or that a trial failed on."""
        failed = {row.label for row in self.plan.test_sets if row.error is not None}
        for result in self.results:
            failed |= {part.test_set for part in result.set_results if part.error is not None}
        return tuple(row.label for row in self.plan.test_sets if row.label in failed)

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
