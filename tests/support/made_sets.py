"""Runs whose models have predicted further test sets, made of given predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from digitbench.types import (
    Groups,
    PlannedCondition,
    PlannedTestSet,
    RunRecord,
    SetLabels,
    SetResult,
    TrialResult,
)


@dataclass(frozen=True, eq=False)
class MadeCondition:
    """A condition of a made test set.

    Attributes:
        labels: the right digits.
        predictions: by model's label, `(n_trials, n_images)`; None for test images of the run.
        name, severity: of the condition.
        positions: from which test image each image was made, or which it is.
        groups: of the images.
    """

    labels: ArrayLike
    predictions: Mapping[str, ArrayLike] | None = None
    name: str = ""
    severity: float | None = None
    positions: ArrayLike | None = None
    groups: Groups | None = None

    @property
    def size(self) -> int:
        """How many images it has."""
        return len(np.asarray(self.labels))

    @property
    def planned(self) -> PlannedCondition:
        """The condition as planned."""
        return PlannedCondition(
            name=self.name,
            severity=self.severity,
            size=self.size,
            of_test=self.predictions is None,
            paired=self.positions is not None,
        )

    @property
    def known(self) -> SetLabels:
        """What a stored run knows of it."""
        positions = None if self.positions is None else np.asarray(self.positions, np.uint32)
        return SetLabels(np.asarray(self.labels, np.uint8), self.groups, positions)


def with_sets(
    record: RunRecord,
    sets: Mapping[str, Sequence[MadeCondition]],
    *,
    errors: Mapping[tuple[str, str, int], str] | None = None,
) -> RunRecord:
    """Return a run whose trials have predicted further test sets.

    Args:
        record: the run without them.
        sets: the conditions of each set, by its label.
        errors: why a set could not be predicted, by its label, the model's and the trial's number.
    """
    planned = tuple(
        PlannedTestSet(
            label=label,
            name=label.partition("[")[0].partition(":")[0],
            source=f"{label}, made for tests",
            fingerprint=f"{number:064d}",
            conditions=tuple(condition.planned for condition in conditions),
        )
        for number, (label, conditions) in enumerate(sets.items(), 1)
    )

    def predicted(trial: TrialResult) -> TrialResult:
        found = tuple(
            _result(trial, label, conditions, (errors or {}).get(_key(label, trial)))
            for label, conditions in sets.items()
        )
        return trial.model_copy(update={"set_results": found})

    return record.model_copy(
        update={
            "plan": record.plan.model_copy(update={"test_sets": planned}),
            "results": tuple(
                predicted(trial) if trial.status == "ok" else trial for trial in record.results
            ),
            "test_sets": {
                label: tuple(condition.known for condition in conditions)
                for label, conditions in sets.items()
            },
        }
    )


def drawn(
    record: RunRecord,
    accuracy: Callable[[str], float],
    labels: ArrayLike,
    *,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Draw predictions of each model of a run, right with a chance, for every planned trial.

    Args:
        record: the run.
        accuracy: of a model, by its label.
        labels: the right digits.
        seed: of the predictions.
    """
    rng = np.random.default_rng(seed)
    right = np.asarray(labels, np.uint8)
    found = {}
    for model in record.plan.models:
        shape = (record.plan.trials_of(model), len(right))
        wrong = rng.random(shape) >= accuracy(model.label)
        found[model.label] = np.where(wrong, (right + 1) % 10, right).astype(np.uint8)
    return found


def _key(label: str, trial: TrialResult) -> tuple[str, str, int]:
    return label, trial.spec.model, trial.spec.trial


def _result(
    trial: TrialResult, label: str, conditions: Sequence[MadeCondition], error: str | None
) -> SetResult:
    if error is not None:
        return SetResult(test_set=label, error=error)
    rows = [
        np.asarray(condition.predictions[trial.spec.model], np.uint8)[trial.spec.trial - 1]
        for condition in conditions
        if condition.predictions is not None
    ]
    predictions = np.concatenate(rows) if rows else np.empty(0, np.uint8)
    return SetResult(test_set=label, predictions=predictions)
