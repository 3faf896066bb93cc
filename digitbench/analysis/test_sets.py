"""What the models of a run got of its further test sets, condition by condition.

A condition's predictions and labels take the place of those of the test images, so that accuracies,
intervals and verdicts are those of the same code. The pairs of models on each condition are a
family of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.analysis.scores import by_label, mean_over
from digitbench.analysis.sequential import run_level
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
from digitbench.types.test_sets import Positions


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


@dataclass(frozen=True, eq=False)
class ConditionAnalysis:
    """What the models of a run got on one condition of a test set.

    Attributes:
        test_set: the set, as planned.
        planned: the condition, as planned.
        models: outcomes on it of each model that has a trial with predictions, by plan.
        level: of the family of all pairs of these models.
        positions: from which test image each image was made, or which it is; None if they are
            others.
    """

    test_set: PlannedTestSet
    planned: PlannedCondition
    models: tuple[Outcomes, ...]
    level: float
    positions: Positions | None

    @property
    def name(self) -> str:
        """Set and condition, such as `corruptions/shot_noise@3`; the set alone if it has one."""
        return condition_name(self.test_set, self.planned)

    @cached_property
    def comparison(self) -> Comparison:
        """The models, the best first, and every two of them compared; made when first asked for."""
        return compare(self.models, self.level)


@dataclass(frozen=True, eq=False)
class SetAnalysis:
    """What the models of a run got on one test set.

    Attributes:
        planned: the set, as planned; without conditions if it could not be loaded.
        conditions: in the order of the plan.
        failures: the trials without predictions of it.
        test: outcomes on the run's own test images, by plan.
        level: of each family of pairs.
    """

    planned: PlannedTestSet
    conditions: tuple[ConditionAnalysis, ...]
    failures: tuple[SetFailure, ...]
    test: tuple[Outcomes, ...]
    level: float

    @property
    def label(self) -> str:
        """The set's label."""
        return self.planned.label

    @property
    def of_test(self) -> bool:
        """Whether all of it are test images of the run, such as those with disputed labels."""
        return bool(self.conditions) and all(c.planned.of_test for c in self.conditions)

    @property
    def paired(self) -> bool:
        """Whether all conditions show the same images, made of known test images of the run."""
        first = self.conditions[0].positions if self.conditions else None
        return first is not None and all(
            c.positions is not None and np.array_equal(c.positions, first) and not c.planned.of_test
            for c in self.conditions
        )

    @cached_property
    def models(self) -> tuple[Outcomes, ...]:
        """Each model's mean over the conditions, by plan; that of the only one is itself.

        Empty if there are several that do not show the same images: their mean is no mean of a
        sample, and has no interval.
        """
        if len(self.conditions) == 1:
            return self.conditions[0].models
        if not self.paired:
            return ()
        found = [by_label(condition.models) for condition in self.conditions]
        return tuple(mean_over([models[label] for models in found]) for label in found[0])

    @property
    def mean(self) -> Comparison | None:
        """The models by their mean over the conditions, and every two of them compared.

        None if the mean has no interval (`models`).
        """
        if len(self.conditions) == 1:
            return self.conditions[0].comparison
        return self._mean if self.models else None

    @cached_property
    def _mean(self) -> Comparison:
        return compare(self.models, self.level)

    def condition(self, key: str) -> ConditionAnalysis:
        """Return the condition of a key, such as `shot_noise@3`.

        Raises:
            KeyError: there is none.
        """
        for condition in self.conditions:
            if condition.planned.key == key:
                return condition
        raise KeyError(key)

    @property
    def by_name(self) -> dict[str, list[ConditionAnalysis]]:
        """The conditions of each name, by severity."""
        found: dict[str, list[ConditionAnalysis]] = {}
        for condition in self.conditions:
            found.setdefault(condition.planned.name, []).append(condition)
        for conditions in found.values():
            conditions.sort(key=lambda condition: condition.planned.severity or 0.0)
        return found


@dataclass(frozen=True, eq=False)
class SetsAnalysis:
    """What the models of a run got on its test images and on all further test sets.

    Attributes:
        test: the run's own test images.
        sets: the further sets, in the order of the plan.
    """

    test: Comparison
    sets: tuple[SetAnalysis, ...]

    @property
    def loaded(self) -> tuple[SetAnalysis, ...]:
        """The sets that at least one model has predicted."""
        return tuple(s for s in self.sets if any(c.models for c in s.conditions))


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
    planned, reader = _planned(record, label), _Reader(record)
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


def analyse_sets(record: RunRecord) -> SetsAnalysis:
    """Return what the models of a run got on each of its test sets.

    Comparisons are made when they are asked for, those of the test images at once.

    Args:
        record: a run, read with its predictions.
    """
    reader = _Reader(record)
    level = run_level(record, len(reader.test))
    sets = []
    for planned in record.plan.test_sets:
        conditions = tuple(
            ConditionAnalysis(
                planned, part.planned, reader.outcomes(planned, part), level, part.known.positions
            )
            for part in reader.parts(planned)
        )
        failures = set_failures(record, planned.label)
        sets.append(SetAnalysis(planned, conditions, failures, reader.test, level))
    return SetsAnalysis(compare(reader.test, level), tuple(sets))


def _planned(record: RunRecord, label: str) -> PlannedTestSet:
    for planned in record.plan.test_sets:
        if planned.label == label:
            return planned
    raise KeyError(label)


def _error(trial: TrialResult, label: str) -> str | None:
    return next((r.error for r in trial.set_results if r.test_set == label), None)


@dataclass(frozen=True, eq=False)
class _Part:
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


class _Reader:
    """Reads the outcomes of conditions."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self.test = outcomes(record)

    def parts(self, planned: PlannedTestSet) -> Iterator[_Part]:
        """Yield the conditions of a set."""
        known = self._record.test_sets.get(planned.label, ())
        if len(known) != len(planned.conditions):
            raise ValueError(f"{self._record.id} was read without the labels of {planned.label}")
        start = 0
        for condition, labels in zip(planned.conditions, known, strict=True):
            yield _Part(condition, labels, start)
            start += 0 if condition.of_test else condition.size

    def outcomes(self, planned: PlannedTestSet, part: _Part) -> tuple[Outcomes, ...]:
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
                        predictions=predictions,
                        labels=part.known.labels,
                        groups=groups,
                    )
                )
        return tuple(found)

    def _predictions(
        self, model: Outcomes, planned: PlannedTestSet, part: _Part
    ) -> tuple[tuple[TrialResult, ...], NDArray[np.uint8]]:
        """Return the trials that have predictions of a condition, and these."""
        if part.planned.of_test and part.known.positions is not None:
            return model.trials, model.predictions[:, part.known.positions]
        trials, rows = [], []
        for trial in model.trials:
            found = predictions_of(trial, planned.label)
            if found is not None:
                trials.append(trial)
                rows.append(part.taken(found))
        return tuple(trials), np.stack(rows) if rows else np.empty((0, 0), np.uint8)

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
