"""A run as if a further test set, or a condition of one, were its test images."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from digitbench.analysis.test_sets import SetReader, condition_name
from digitbench.errors import UsageError
from digitbench.types import RunRecord, TrialResult


def on_test_set(record: RunRecord, name: str) -> RunRecord:
    """Return a run with labels, predictions and accuracies on other images in place of its own.

    Those of a set's conditions stand one after the other. Trials without predictions of them are
    left out. What the trials cost stays.

    Args:
        record: the run, read with its predictions.
        name: the whole name of a set that could be loaded, or of a condition (`full_set_name`).

    Raises:
        UsageError: the conditions of the set have different numbers of images, so that its
            accuracy is not that of all images together; or it has no images of its own.
    """
    reader = SetReader(record)
    parts = [
        (planned, part)
        for planned in record.plan.test_sets
        for part in reader.parts(planned)
        if name == condition_name(planned, part.planned) or (name == planned.label and planned.size)
    ]
    if len({part.planned.size for _, part in parts}) != 1:
        why = "different numbers of images" if parts else "test images of the run alone"
        raise UsageError(f"the conditions of {name} have {why}: name one of them, as {name}/NAME")
    rows: dict[tuple[str, int], list[np.ndarray]] = {}
    for planned, part in parts:
        for outcomes in reader.outcomes(planned, part):
            for trial, predictions in zip(outcomes.trials, outcomes.predictions, strict=True):
                rows.setdefault((trial.spec.model, trial.spec.trial), []).append(predictions)
    labels = np.concatenate([part.known.labels for _, part in parts])
    data = record.plan.dataset
    content = [data.fingerprint, parts[0][0].fingerprint, *(part.planned.key for _, part in parts)]
    seen = {
        "fingerprint": sha256("\n".join(content).encode()).hexdigest(),
        "canonical": None,
        "test_size": len(labels),
    }
    plan = record.plan.model_copy(update={"dataset": data.model_copy(update=seen)})

    def seen_trial(trial: TrialResult) -> TrialResult:
        predictions = np.concatenate(rows[trial.spec.model, trial.spec.trial])
        accuracy = float((predictions == labels).mean())
        return trial.model_copy(update={"predictions": predictions, "accuracy": accuracy})

    results = tuple(
        seen_trial(trial) if trial.status == "ok" else trial
        for trial in record.results
        if trial.status != "ok" or (trial.spec.model, trial.spec.trial) in rows
    )
    return record.model_copy(
        update={"plan": plan, "results": results, "test_labels": labels, "test_groups": None}
    )
