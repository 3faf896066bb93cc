"""A run under way as it stands on disk: how many trials have ended, and how they went.

Whoever follows a run needs no part of the process that makes it: the run's lines are enough.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from digitbench.errors import StoreError
from digitbench.runner.lock import is_being_written
from digitbench.store import read_manifest
from digitbench.store.layout import MANIFEST, TRIALS
from digitbench.store.trial_lines import results_after
from digitbench.types import RunRecord, TrialResult

Status = Literal["running", "complete", "interrupted", "abandoned"]
"""`abandoned`: the run has no end, and the process that made it is gone."""


@dataclass(frozen=True)
class ModelProgress:
    """How far a model of a run is.

    Attributes:
        label: the model's.
        planned: its trials in all.
        done: those that ended, failed ones too.
        failed: those that failed.
        accuracy: mean over the others, as a fraction; None if there is none yet.
    """

    label: str
    planned: int
    done: int
    failed: int
    accuracy: float | None


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        status: as the manifest has it, or `abandoned`.
        models: in the order of the plan.
        latest: the trial that ended last; None if there is none.
    """

    status: Status
    models: tuple[ModelProgress, ...]
    latest: TrialResult | None

    @property
    def planned(self) -> int:
        """All trials of the run."""
        return sum(model.planned for model in self.models)

    @property
    def done(self) -> int:
        """Trials that have ended."""
        return sum(model.done for model in self.models)

    @property
    def failed(self) -> int:
        """Trials that failed."""
        return sum(model.failed for model in self.models)


@dataclass
class RunFollower:
    """Reads of a run what is new since the last time.

    Attributes:
        path: the run's directory.
    """

    path: Path
    _files: tuple[int, ...] = ()
    _record: RunRecord | None = None
    _read_bytes: int = 0
    _results: dict[str, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    _latest: TrialResult | None = None

    def progress(self) -> RunProgress:
        """Return how far the run is now.

        Raises:
            StoreError: the run is gone, or damaged.
        """
        record = self._current_record()
        results, self._read_bytes = results_after(self.path, self._read_bytes)
        for result in results:
            self._results[result.spec.model].append(result.accuracy)
            self._latest = result
        return RunProgress(
            self._status(record),
            tuple(
                _model_progress(model.label, record.plan.trials_of(model), self._results)
                for model in record.plan.models
            ),
            self._latest,
        )

    def _current_record(self) -> RunRecord:
        """Return the manifest, read again if a file was replaced: the run was taken up again."""
        files = self._identity()
        if self._record is None or files != self._files:
            self._record, self._files = read_manifest(self.path), files
            self._read_bytes, self._latest = 0, None
            self._results.clear()
        return self._record

    def _identity(self) -> tuple[int, ...]:
        """Return what tells that a file was replaced, and not only got longer."""
        try:
            manifest = (self.path / MANIFEST).stat()
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror}") from error
        try:
            trials = (self.path / TRIALS).stat().st_ino
        except OSError:  # before the first trial has ended
            trials = 0
        return manifest.st_mtime_ns, manifest.st_ino, trials

    def _status(self, record: RunRecord) -> Status:
        if record.status == "running" and not is_being_written(self.path):
            return "abandoned"
        return record.status


def _model_progress(
    label: str, planned: int, results: dict[str, list[float | None]]
) -> ModelProgress:
    ended = results.get(label, [])
    accuracies = [accuracy for accuracy in ended if accuracy is not None]
    return ModelProgress(
        label,
        planned,
        len(ended),
        len(ended) - len(accuracies),
        sum(accuracies) / len(accuracies) if accuracies else None,
    )
