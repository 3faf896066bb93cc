"""How the models of a run stand on each of its further test sets.

Accuracies, intervals and verdicts are those of the same code as for the test images. The pairs of
models on each condition, and on each mean over conditions, are a family of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.scores import by_label, mean_over
from digitbench.analysis.sequential import run_level
from digitbench.analysis.test_sets import SetFailure, SetReader, condition_name, set_failures
from digitbench.errors import UsageError
from digitbench.types import PlannedCondition, PlannedTestSet, RunRecord
from digitbench.types.test_sets import Positions


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
        """Whether all conditions show the same images, made of known test images of the run.

        Some of them may be these test images themselves, where a curve begins; not all.
        """
        first = self.conditions[0].positions if self.conditions else None
        if first is None or self.of_test:
            return False
        places = (condition.positions for condition in self.conditions)
        return all(one is not None and np.array_equal(one, first) for one in places)

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

    @cached_property
    def by_name(self) -> dict[str, SetAnalysis]:
        """The set cut down to the conditions of each name, by severity."""
        found: dict[str, list[ConditionAnalysis]] = {}
        for condition in self.conditions:
            found.setdefault(condition.planned.name, []).append(condition)
        return {
            name: replace(self, conditions=tuple(sorted(conditions, key=_severity)))
            for name, conditions in found.items()
        }

    @property
    def comparisons(self) -> dict[str, Comparison]:
        """The models on each name of conditions, by their mean over its severities.

        Severities that do not show the same images stand by themselves, by their keys.
        """
        found = {}
        for name, part in self.by_name.items():
            if part.mean is not None:
                found[name] = part.mean
            else:
                found |= {c.planned.key: c.comparison for c in part.conditions}
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
    def test_models(self) -> tuple[Outcomes, ...]:
        """Outcomes on the test images, the most accurate model first."""
        return tuple(ranked.outcomes for ranked in self.test.models)

    def find(self, name: str) -> SetAnalysis:
        """Return a set by its label, or by its name if only one has it.

        Raises:
            UsageError: there is none, or it could not be loaded.
        """
        chosen = [found for found in self.sets if found.label == name]
        chosen = chosen or [found for found in self.sets if found.planned.name == name]
        if len(chosen) != 1:
            labels = ", ".join(found.label for found in self.sets)
            what = f"the run has several test sets {name}" if chosen else f"no test set {name}"
            there = f"there are: {labels}" if labels else "the run has none (--test-sets)"
            raise UsageError(f"{what}; {there}")
        if chosen[0] not in self.loaded:
            reason = chosen[0].planned.error or "no trial has predictions of it"
            raise UsageError(f"nothing is known of the test set {name}: {reason}")
        return chosen[0]

    @property
    def loaded(self) -> tuple[SetAnalysis, ...]:
        """The sets that at least one model has predicted."""
        return tuple(s for s in self.sets if any(c.models for c in s.conditions))


def analyse_sets(record: RunRecord) -> SetsAnalysis:
    """Return what the models of a run got on each of its test sets.

    Comparisons are made when they are asked for, those of the test images at once.

    Args:
        record: a run, read with its predictions.
    """
    reader = SetReader(record)
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


def _severity(condition: ConditionAnalysis) -> float:
    return condition.planned.severity or 0.0
