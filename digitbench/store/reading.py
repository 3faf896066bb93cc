"""Reads runs back and checks them."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.errors import StoreError
from digitbench.store.arrays import DAMAGED_ARRAY, ArrayFile, unpacked
from digitbench.store.groups import read_groups
from digitbench.store.layout import PREDICTIONS, PROBABILITIES, TEST_LABELS, read_manifest
from digitbench.store.set_labels import read_set_labels
from digitbench.store.set_results import SetResults
from digitbench.store.trial_lines import TrialLine, trial_lines
from digitbench.types import NUM_CLASSES, Labels, RunRecord, TrialResult
from digitbench.types.compact import Compact

_OFTEN_EQUAL = ("details", "n_parameters", "model_size_bytes", "metrics", "reused_from")
"""Fields of which most trials of a model have the same value."""


def read_run(path: Path, *, set_predictions: bool = True) -> RunRecord:
    """Read a run back, with its predictions, and check that they give the stored accuracies.

    The predictions, those of further test sets too, are mapped from their files, so that a run of
    any length takes little memory; the probabilities are left out (`read_results` gives them too).

    Args:
        path: the run's directory.
        set_predictions: whether the predictions of further test sets are wanted, too. They may be a
            hundred times as many as those of the test images: who reads many runs for other
            reasons does well without.

    Raises:
        StoreError: a file is missing, damaged, not of this run, or of a version this digitbench
            does not know.
    """
    record = read_manifest(path)
    test_labels = _read_labels(path, record.plan.dataset.test_size)
    predictions = ArrayFile(path / PREDICTIONS)
    sets = SetResults(path, record.plan, arrays=set_predictions)
    compact = Compact(TrialResult, _OFTEN_EQUAL)
    results = tuple(
        compact.copy(line.trial.result, **_arrays(line, predictions, test_labels, sets))
        for line in trial_lines(path, record.plan)
    )
    return record.model_copy(
        update={
            "results": results,
            "test_labels": test_labels,
            "test_groups": read_groups(path, record.plan.dataset),
            "test_sets": read_set_labels(path, record.plan),
            "directory": path.absolute(),
        }
    )


def read_results(path: Path) -> Iterator[TrialResult]:
    """Yield the results of a run, one at a time, with predictions and probabilities.

    Raises:
        StoreError: as `read_run` does.
    """
    plan = read_manifest(path).plan
    test_labels = _read_labels(path, plan.dataset.test_size)
    predictions, probabilities = ArrayFile(path / PREDICTIONS), ArrayFile(path / PROBABILITIES)
    sets = SetResults(path, plan)
    for line in trial_lines(path, plan):
        arrays = _arrays(line, predictions, test_labels, sets)
        if line.trial.probabilities:
            data = probabilities.block(line.trial.probabilities).tobytes()
            try:
                values = unpacked(data, len(test_labels))
            except ValueError as error:
                raise StoreError(f"{path / PROBABILITIES} is damaged: {error}") from error
            if not (values.min() >= 0 and values.max() < np.inf):  # false for NaN, too
                raise StoreError(f"{line.place}: a value is not a probability")
            arrays["probabilities"] = values
        yield line.trial.result.model_copy(update=arrays)


def has_probabilities(path: Path) -> bool:
    """Tell whether any trial of a run has probabilities, given the run's directory."""
    return (path / PROBABILITIES).exists()


def _arrays(
    line: TrialLine, file: ArrayFile, test_labels: Labels, sets: SetResults
) -> dict[str, Any]:
    """Return what a line's result lacks, by field: the plan's record, arrays, further test sets."""
    result, block = line.trial.result, line.trial.predictions
    found = {"spec": line.spec, "set_results": sets.of(result)}
    if block is None:
        return found
    if block.size != len(test_labels):
        raise StoreError(f"{line.place} does not hold one prediction per test image")
    predictions = file.block(block)
    if int(predictions.max()) >= NUM_CLASSES:
        raise StoreError(f"{line.place}: a prediction is {predictions.max()}; digits are 0 to 9")
    if np.count_nonzero(predictions == test_labels) / len(test_labels) != result.accuracy:
        raise StoreError(f"{line.place}: its predictions do not give the accuracy stored for it")
    return found | {"predictions": predictions}


def _read_labels(path: Path, count: int) -> Labels:
    """Read the right digits of the test images, uint8 `(count,)`."""
    file = path / TEST_LABELS
    try:
        with ONE_AT_A_TIME, warnings.catch_warnings(action="error"):  # of a foreign header
            found = np.lib.format.open_memmap(file, mode="r")  # never more than the file has
    except DAMAGED_ARRAY as error:
        raise StoreError(f"{file} is missing or damaged") from error
    if found.dtype != np.uint8 or found.shape != (count,):
        raise StoreError(f"{file} does not hold {count:,} labels, as the manifest says")
    labels = np.array(found)
    if count and int(labels.max()) >= NUM_CLASSES:
        raise StoreError(f"{file} is damaged: a label is {labels.max()}; digits are 0 to 9")
    return labels
