"""Keeps the trained classifiers of a run's trials as their results come in."""

import logging
from pathlib import Path

import numpy as np

from digitbench.kept import storage
from digitbench.kept.record import KeptModel
from digitbench.types import Labels, RunRecord, TrialResult

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps what the classifiers of one run's trials wrote, in the directory of the run."""

    def __init__(self, run: Path, record: RunRecord) -> None:
        """Take over a run that no other process writes to.

        Args:
            run: its directory.
            record: the run, with the plan that is gone through.
        """
        self._run = run
        self._record = record
        storage.remove_unfinished(run / storage.MODELS)

    def keep(self, result: TrialResult) -> TrialResult:
        """Put the files of a trial's classifier on disk, if it has any.

        Nothing that goes wrong with them harms the trial: it is said in the log and in the result.

        Returns:
            The result without the files.
        """
        if result.kept_files is None:
            return result
        found = result.model_copy(update={"kept_files": None})
        try:
            write_model(self._run, self._record, result)
        except OSError as error:
            reason = f"its files could not be written: {error.strerror}"
            _log.warning("%s, trial %d: %s", *_axes(result), f"the model is not kept: {reason}")
            return found.model_copy(update={"not_kept": reason})
        return found


def write_model(run: Path, record: RunRecord, result: TrialResult) -> Path:
    """Write the kept model of a trial that succeeded and return its directory.

    Args:
        run: the directory of the run.
        record: the run.
        result: the trial, with its predictions and what its classifier wrote.

    Raises:
        OSError: it cannot be written.
        ValueError: the result has no files, or no predictions.
    """
    spec, files = result.spec, result.kept_files
    if files is None or result.predictions is None or result.accuracy is None:
        raise ValueError("there is nothing to keep")
    directory = storage.place(run, record.plan, spec.model, spec.trial)
    kept = KeptModel(
        run=record.id,
        model=next(model for model in record.plan.models if model.label == spec.model),
        trial=spec.trial,
        seed=spec.seed,
        threads=spec.threads,
        training=spec.training,
        dataset=record.plan.dataset,
        accuracy=result.accuracy,
        predictions_sha256=predictions_hash(result.predictions),
        probabilities=result.probabilities is not None,
        trained_at=result.started_at,
        versions=record.environment.versions,
        files=storage.listed(files),
    )
    storage.write(directory, kept, files)
    return directory


def predictions_hash(predictions: Labels) -> str:
    """Return the SHA-256 of predicted digits, uint8 `(n,)`."""
    return storage.sha256(np.ascontiguousarray(predictions, np.uint8).tobytes())


def _axes(result: TrialResult) -> tuple[str, int]:
    return result.spec.model, result.spec.trial
