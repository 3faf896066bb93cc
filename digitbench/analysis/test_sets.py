"""Outcomes of the models of a run on its further test sets, condition by condition.

A condition's predictions and labels take the place of those of the test images, so that everything
that is made of outcomes can be made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.types import (
    DatasetInfo,
    Groups,
    Labels,
    PlannedCondition,
    PlannedTestSet,
    RunRecord,
    SetLabels,
    TrialResult,
)


@dataclass(frozen=True)
class SetFailure:
    """A trial that succeeded, and has no predictions of a test set.

    Attributes:
        model: the model's label.
        trial: the trial's number.
        error: why; None if it was not asked for them.
    """

    model: str
    trial: int
    error: str | None


def condition_name(test_set: PlannedTestSet, condition: PlannedCondition) -> str:
    """Return what a condition is called: `corruptions/shot_noise@3`, or the set's label alone."""
    return f"{test_set.label}/{condition.key}" if condition.key else test_set.label


def condition_outcomes(record: RunRecord, label: str, key: str) -> tuple[Outcomes, ...]:
    """Return the outcomes of each model of a run on a condition of a test set, by plan.

    Trials without predictions of the set are left out (`set_failures` has them), and so are models
    without a trial that has some.

    Args:
        record: a run, read with its predictions.
        label: the set's label.
        key: the condition's, such as `shot_noise@3`; empty for a set's only one.

    Raises:
        KeyError: the run has no such set or condition.
    """
    planned, reader = _planned(record, label), SetReader(record)
    for part in reader.parts(planned):
        if part.planned.key == key:
            return reader.outcomes(planned, part)
    raise KeyError(key)


def set_failures(record: RunRecord, label: str) -> tuple[SetFailure, ...]:
    """Return the trials that succeeded and have no predictions of a test set.

    Raises:
        KeyError: the run has no such set.
    """
    if not _planned(record, label).size:
        return ()
    return tuple(
        SetFailure(trial.spec.model, trial.spec.trial, _error(trial, label))
        for trial in record.results
        if trial.status == "ok" and predictions_of(trial, label) is None
    )


def predictions_of(trial: TrialResult, label: str) -> Labels | None:
    """Return a trial's predictions of a test set, of all its conditions; None if there are none."""
    return next((r.predictions for r in trial.set_results if r.test_set == label), None)


def _planned(record: RunRecord, label: str) -> PlannedTestSet:
    for planned in record.plan.test_sets:
        if planned.label == label:
            return planned
    raise KeyError(label)


def _error(trial: TrialResult, label: str) -> str | None:
    return next((r.error for r in trial.set_results if r.test_set == label), None)


@dataclass(frozen=True, eq=False)
class SetPart:
    """A condition, and where its predictions stand among those of its set.

    Attributes:
        planned: the condition.
        known: what is known of its images.
        start: the place of its first prediction.
    """

    planned: PlannedCondition
    known: SetLabels
    start: int

    def taken(self, predictions: Labels) -> Labels:
        """Return the condition's predictions of those of its set."""
        return predictions[self.start : self.start + self.planned.size]


class SetReader:
    """Reads the outcomes of conditions."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self.test = outcomes(record)

    def parts(self, planned: PlannedTestSet) -> Iterator[SetPart]:
        """Yield the conditions of a set."""
        known = self._record.test_sets.get(planned.label, ())
        if len(known) != len(planned.conditions):
            raise ValueError(f"{self._record.id} was read without the labels of {planned.label}")
        start = 0
        for condition, labels in zip(planned.conditions, known, strict=True):
            yield SetPart(condition, labels, start)
            start += 0 if condition.of_test else condition.size

    def outcomes(self, planned: PlannedTestSet, part: SetPart) -> tuple[Outcomes, ...]:
        """Return the outcomes of each model on a condition, by plan."""
        dataset = self._dataset(planned, part.planned)
        groups = self._groups(part.known)
        found = []
        for model in self.test:
            there, predictions = self._predictions(model, planned, part)
            if there:
                found.append(
                    replace(
                        model,
                        dataset=dataset,
                        trials=there,
                        rows=predictions,
                        labels=part.known.labels,
                        groups=groups,
                    )
                )
        return tuple(found)

    def _predictions(
        self, model: Outcomes, planned: PlannedTestSet, part: SetPart
    ) -> tuple[tuple[TrialResult, ...], NDArray[np.uint8]]:
        """Return the trials that have predictions of a condition, and these.

        Where a set has other images too, those that lack these are left out of all its conditions.
        """
        if part.planned.of_test and part.known.positions is not None:
            there = self._trials(model, planned) if planned.size else model
            return there.trials, there.predictions[:, part.known.positions]
        trials, rows = [], []
        for trial in model.trials:
            found = predictions_of(trial, planned.label)
            if found is not None:
                trials.append(trial)
                rows.append(part.taken(found))
        return tuple(trials), np.stack(rows) if rows else np.empty((0, 0), np.uint8)

    def _trials(self, model: Outcomes, planned: PlannedTestSet) -> Outcomes:
        """Return a model's outcomes on the test images, of the trials that have predicted a set."""
        there = (t for t in model.trials if predictions_of(t, planned.label) is not None)
        return model.of_trials({trial.spec.trial for trial in there})

    def _dataset(self, planned: PlannedTestSet, condition: PlannedCondition) -> DatasetInfo:
        """Return the record of a condition as that of data, which no other condition shares."""
        data = self._record.plan.dataset
        parts = (data.fingerprint, planned.fingerprint, condition.key)
        return data.model_copy(
            update={
                "name": condition_name(planned, condition),
                "source": planned.source,
                "fingerprint": sha256("\n".join(parts).encode()).hexdigest(),
                "canonical": None,
                "test_size": condition.size,
            }
        )

    def _groups(self, known: SetLabels) -> Groups | None:
        """Return the groups of a condition's images, or of the test images they were made of."""
        of_test = self._record.test_groups
        if known.groups is not None or known.positions is None or of_test is None:
            return known.groups
        return of_test.part(known.positions.astype(np.intp))
