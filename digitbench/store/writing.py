"""Writes a run, trial by trial, so that nothing that was reported is ever lost."""

import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digitbench import hookimpl
from digitbench.errors import StoreError
from digitbench.store.arrays import packed
from digitbench.store.layout import (
    PREDICTIONS,
    PROBABILITIES,
    SET_PREDICTIONS,
    SET_RESULTS,
    TRIALS,
    Block,
    StoredSetResult,
    StoredTrial,
    write_manifest,
)
from digitbench.types import RunPlan, RunRecord, SetResult, TrialResult, TrialSpec


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
        self._sizes = {name: _size(path / name) for name in (TRIALS, SET_RESULTS)}

    @hookimpl
    def digitbench_trial_finished(self, plan: RunPlan, result: TrialResult) -> None:
        """Put the trial's arrays, then its line, on disk.

        Raises:
            StoreError: the disk is full, the directory cannot be written, or somebody else has
                changed or deleted it.
        """
        self._check_unchanged()
        predictions = probabilities = None
        try:
            if result.predictions is not None:
                data = np.ascontiguousarray(result.predictions).tobytes()
                predictions = _append(self.path / PREDICTIONS, data)
            if result.probabilities is not None:
                data = packed(result.probabilities)
                probabilities = _append(self.path / PROBABILITIES, data)
            self._append_set_results(result.spec, result.set_results)
            trial = StoredTrial(result=result, predictions=predictions, probabilities=probabilities)
            self._append_lines(TRIALS, trial.line())
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {error.strerror}") from error

    def add_set_results(self, trial: TrialSpec, results: Sequence[SetResult]) -> None:
        """Put what a stored trial gave on further test sets on disk.

        Args:
            trial: which trial.
            results: of sets of the run's plan that it has no predictions of.

        Raises:
            StoreError: as `digitbench_trial_finished` does.
        """
        self._check_unchanged()
        try:
            self._append_set_results(trial, results)
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {error.strerror}") from error

    def _append_set_results(self, trial: TrialSpec, results: Sequence[SetResult]) -> None:
        """Write the predictions of all sets at once, then their lines."""
        if not results:
            return
        arrays = [
            b"" if one.predictions is None else np.ascontiguousarray(one.predictions).tobytes()
            for one in results
        ]
        offset = _append(self.path / SET_PREDICTIONS, b"".join(arrays)).offset
        lines = b""
        for result, data in zip(results, arrays, strict=True):
            block = None
            if result.predictions is not None:
                block = Block(offset=offset, size=len(data), crc32=zlib.crc32(data))
            offset += len(data)
            lines += StoredSetResult(
                model=trial.model, trial=trial.trial, result=result, predictions=block
            ).line()
        self._append_lines(SET_RESULTS, lines)

    def _append_lines(self, name: str, lines: bytes) -> None:
        written = _append(self.path / name, lines)
        self._sizes[name] = written.offset + written.size

    def _check_unchanged(self) -> None:
        if any(_size(self.path / name) != size for name, size in self._sizes.items()):
            raise StoreError(f"{self.path} was changed or deleted while the run wrote to it")

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        """Replace the manifest by one with the final status."""
        write_manifest(self.path, record)


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
