"""Writes a run, trial by trial, so that nothing that was reported is ever lost."""

import os
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from digitbench import hookimpl
from digitbench.errors import StoreError
from digitbench.store.arrays import packed
from digitbench.store.directories import make_directory, slug
from digitbench.store.groups import write_groups
from digitbench.store.layout import (
    PREDICTIONS,
    PROBABILITIES,
    TEST_LABELS,
    TRIALS,
    Block,
    StoredTrial,
    read_manifest,
    replace_file,
    write_manifest,
)
from digitbench.store.trial_lines import trial_lines
from digitbench.types import Environment, Groups, Labels, RunPlan, RunRecord, TrialResult


class RunWriter:
    """Writes one run; a hook user like any other, only that its errors end the run.

    Attributes:
        path: the run directory.
        record: the run as it stood when the directory was made or reopened.
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        """Take over a directory that `create_run` or `reopen_run` has prepared."""
        self.path = path
        self.record = record
        self._lines_size = _size(path / TRIALS)

    @hookimpl
    def digitbench_trial_finished(self, plan: RunPlan, result: TrialResult) -> None:
        """Put the trial's arrays, then its line, on disk.

        Raises:
            StoreError: the disk is full, the directory cannot be written, or somebody else has
                changed or deleted it.
        """
        if _size(self.path / TRIALS) != self._lines_size:
            raise StoreError(f"{self.path} was changed or deleted while the run wrote to it")
        predictions = probabilities = None
        try:
            if result.predictions is not None:
                data = np.ascontiguousarray(result.predictions).tobytes()
                predictions = _append(self.path / PREDICTIONS, data)
            if result.probabilities is not None:
                data = packed(result.probabilities)
                probabilities = _append(self.path / PROBABILITIES, data)
            trial = StoredTrial(result=result, predictions=predictions, probabilities=probabilities)
            written = _append(self.path / TRIALS, trial.line())
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {error.strerror}") from error
        self._lines_size = written.offset + written.size

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        """Replace the manifest by one with the final status."""
        write_manifest(self.path, record)


def create_run(
    root: Path,
    plan: RunPlan,
    environment: Environment,
    test_labels: Labels,
    name: str | None = None,
    *,
    test_groups: Groups | None = None,
) -> RunWriter:
    """Make a run directory below `root`, named after the time and the models.

    Args:
        root: where runs are kept.
        plan: what is to be done.
        environment: where.
        test_labels: uint8 `(n_test,)`.
        name: what the directory is called after the time instead, so that `runs_named` finds it.
        test_groups: the groups of the test images; None if not known.

    Raises:
        StoreError: the directory cannot be made.
    """
    started_at = datetime.now(UTC)
    name = name or slug("-".join(model.label for model in plan.models))
    try:
        root.mkdir(parents=True, exist_ok=True)
        path = make_directory(root, f"{started_at:%Y%m%dT%H%M%SZ}-{name}")
        replace_file(
            path / TEST_LABELS, lambda file: np.save(file, test_labels, allow_pickle=False)
        )
        if test_groups is not None:
            write_groups(path, test_groups)
    except OSError as error:
        raise StoreError(f"cannot make a run directory in {root}: {error.strerror}") from error
    record = RunRecord(
        id=path.name,
        plan=plan,
        environment=environment,
        started_at=started_at,
        test_labels=test_labels,
        test_groups=test_groups,
        directory=path.absolute(),
    )
    write_manifest(path, record)
    return RunWriter(path, record)


def reopen_run(path: Path, record: RunRecord) -> RunWriter:
    """Take up a stored run again, so that further trials can be written to it.

    The results of `record` are kept, in place of those stored: trials left out are to be done
    again, and a torn last line goes. Its plan, which may have more trials and, after the rows
    there were, more models, replaces the stored one. Both files are replaced as a whole, so that
    no crash loses a result that is kept.

    Args:
        path: the run directory.
        record: as `read_run` gives it, with what is to be kept and the plan to go on with.

    Raises:
        StoreError: the directory cannot be read or written.
    """
    unfinished = record.model_copy(update={"status": "running", "finished_at": None})
    kept = {(result.spec.model, result.spec.trial) for result in record.results}
    lines = b"".join(
        line.trial.line()
        for line in trial_lines(path, read_manifest(path).plan)
        if (line.trial.result.spec.model, line.trial.result.spec.trial) in kept
    )
    try:
        replace_file(path / TRIALS, lambda file: file.write(lines))
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error
    write_manifest(path, unfinished)
    return RunWriter(path, unfinished)


def _append(file: Path, data: bytes) -> Block:
    """Put bytes at the end of a file and on disk; return where they lie."""
    with file.open("ab") as stream:
        offset = stream.tell()
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return Block(offset=offset, size=len(data), crc32=zlib.crc32(data))


def _size(file: Path) -> int:
    """Return the size of a file, 0 if there is none, -1 if its directory has gone."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0 if file.parent.is_dir() else -1
    except OSError:  # what keeps it from being looked at, writing to it will tell
        return 0
