"""Reads runs back and checks them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from digitbench.errors import StoreError
from digitbench.store.arrays import ArrayFile, unpacked
from digitbench.store.layout import (
    PREDICTIONS,
    PROBABILITIES,
    TEST_LABELS,
    TRIALS,
    StoredTrial,
    read_manifest,
)
from digitbench.types import Labels, RunRecord, TrialResult


def read_run(path: Path) -> RunRecord:
    """Read a run back, with its predictions, and check that they give the stored accuracies.

    The predictions are mapped from the file, so that a run of any length takes little memory;
    the probabilities are left out (`read_results` gives them too).

    Raises:
        StoreError: a file is missing, damaged, or of a version this digitbench does not know.
    """
    record = read_manifest(path)
    test_labels = _read_labels(path)
    predictions = ArrayFile(path / PREDICTIONS)
    results = tuple(
        _with_predictions(trial, predictions, test_labels) for trial in stored_trials(path)
    )
    found = {"results": results, "test_labels": test_labels, "directory": path.absolute()}
    return record.model_copy(update=found)


def read_results(path: Path) -> Iterator[TrialResult]:
    """Yield the results of a run, one at a time, with predictions and probabilities.

    Raises:
        StoreError: as `read_run` does.
    """
    test_labels = _read_labels(path)
    predictions, probabilities = ArrayFile(path / PREDICTIONS), ArrayFile(path / PROBABILITIES)
    for trial in stored_trials(path):
        result = _with_predictions(trial, predictions, test_labels)
        if trial.probabilities:
            data = probabilities.block(trial.probabilities).tobytes()
            try:
                values = unpacked(data, len(test_labels))
            except ValueError as error:
                raise StoreError(f"{path / PROBABILITIES} is damaged: {error}") from error
            result = result.model_copy(update={"probabilities": values})
        yield result


def stored_trials(path: Path) -> Iterator[StoredTrial]:
    """Yield what the lines of a run's trials say; a line without its end is no line.

    Raises:
        StoreError: a line is damaged, or the file cannot be read.
    """
    file = path / TRIALS
    if not file.exists():  # before the first trial
        return
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield StoredTrial.model_validate_json(line)
                except ValidationError as error:
                    raise StoreError(f"{file}, line {number} is damaged") from error
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error


def _with_predictions(trial: StoredTrial, file: ArrayFile, test_labels: Labels) -> TrialResult:
    result = trial.result
    if result.status == "failed":
        return result
    name = f"the run's row {result.spec.model}, trial {result.spec.trial}"
    if trial.predictions is None or trial.predictions.size != len(test_labels):
        raise StoreError(f"{name} does not hold one prediction per test image")
    predictions = file.block(trial.predictions)
    if float(np.mean(predictions == test_labels)) != result.accuracy:
        raise StoreError(f"{name}: its predictions do not give the accuracy stored for it")
    return result.model_copy(update={"predictions": predictions})


def _read_labels(path: Path) -> Any:
    file = path / TEST_LABELS
    try:
        return np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(f"{file} is missing or damaged") from error
