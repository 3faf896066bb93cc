"""The figures of a run's further test sets that a gate compares with a baseline's.

Only the training varies from one side of a gate to the other, on the very same images. So a set of
several conditions has one figure, the mean of theirs, whichever images they show. One that shows
test images of the run alone, with other labels, has none: its conditions are each for themselves.
"""

import hashlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.test_sets import SetPart, SetReader, condition_name, set_failures
from digitbench.errors import UsageError
from digitbench.types import PlannedTestSet, RunPlan, RunRecord

_DIGEST_LENGTH = 16


@dataclass(frozen=True)
class SetFigures:
    """What the trials of a model got on a test set, or on one of its conditions.

    Attributes:
        images: how many predictions each accuracy is made of.
        trials: the numbers of the trials that have predictions.
        accuracies: of each trial, a fraction.
        predictions: of each trial, the beginning of the SHA-256 of its predictions.
    """

    images: int
    trials: tuple[int, ...]
    accuracies: tuple[float, ...]
    predictions: tuple[str, ...]


def prediction_digests(outcome: Outcomes) -> tuple[str, ...]:
    """Return a hash of the predictions of each trial."""
    return tuple(_digest(np.ascontiguousarray(row).tobytes()) for row in outcome.predictions)


def set_figures(record: RunRecord) -> dict[str, dict[str, SetFigures]]:
    """Return figures by the model's label, then by the name of a set or a condition.

    A set is there by its label, unless it has no images of its own; each of several conditions as
    `corruptions/fog@3`.

    Args:
        record: a run, read with its predictions.
    """
    found: dict[str, dict[str, SetFigures]] = {}
    if not record.plan.test_sets:
        return found
    reader = SetReader(record)
    for planned in record.plan.test_sets:
        parts = [(part, reader.outcomes(planned, part)) for part in reader.parts(planned)]
        for model in reader.test:
            own = [
                (part, outcome)
                for part, outcomes in parts
                for outcome in outcomes
                if outcome.label == model.label
            ]
            found.setdefault(model.label, {}).update(_of_model(planned, own))
    return found


def full_set_name(name: str, plan: RunPlan) -> str:
    """Return the whole name of a test set, or of a condition, that a limit names.

    Options in brackets and severities may be left out where the rest says which is meant:
    `corruptions/fog` for `corruptions[only=shear/fog]/fog@5`.

    Raises:
        UsageError: the run has no such set, or several.
    """
    found = sets_called(name, plan)
    if len(found) > 1:
        raise UsageError(f"test set {name} may be {' or '.join(found)}: name one whole")
    if found:
        return found[0]
    for planned in plan.test_sets:
        if planned.error is not None and name.partition("/")[0] in {planned.label, planned.name}:
            return planned.label  # its conditions are not known, and its gate fails
    names = _spellings(plan)
    known = sorted({*names}.union(*names.values()), key=len)
    near = [one for one in known if one.endswith(f"/{name}")] or get_close_matches(name, known, n=1)
    there = ", ".join(one.label for one in plan.test_sets) or "none: name some with --test-sets"
    hint = f"did you mean {near[0]}?" if near else f"there are: {there}"
    raise UsageError(f"there is no test set {name} in the run; {hint}")


def sets_called(name: str, plan: RunPlan) -> list[str]:
    """Return the whole names of the test sets and conditions that a name may stand for.

    If it is the whole name of one, no other is returned.
    """
    if name in _spellings(plan):
        return [name]
    of_labels, of_names = (
        sorted(full for full, short_names in names.items() if name in short_names)
        for names in (_spellings(plan, labels=True), _spellings(plan))
    )
    return of_labels or of_names


def _spellings(plan: RunPlan, *, labels: bool = False) -> dict[str, set[str]]:
    """Return the whole names of sets and conditions, each with shorter ones.

    Args:
        plan: the run's.
        labels: whether sets are named by their labels in the shorter ones.
    """
    names: dict[str, set[str]] = {}
    for planned in plan.test_sets:
        called = planned.label if labels else planned.name
        names[planned.label] = {called}
        for condition in planned.conditions:
            if condition.key:
                names[condition_name(planned, condition)] = {
                    f"{called}/{other}" for other in (condition.key, condition.name)
                }
    return names


def set_problem(record: RunRecord, label: str, model: str) -> str | None:
    """Say why nothing, or not all, is known of a model on a test set; None if all is.

    Args:
        record: the run.
        label: the set's label.
        model: the model's label.
    """
    planned = next((one for one in record.plan.test_sets if one.label == label), None)
    if planned is None:
        return f"the baseline has the test set {label}, the run does not: add it to --test-sets"
    if planned.error is not None:
        return f"the test set {label} could not be loaded: {planned.error}"
    lost = [failure for failure in set_failures(record, label) if failure.model == model]
    if not lost:
        return None
    why = lost[0].error or "it was not asked for"
    trials = "1 trial has" if len(lost) == 1 else f"{len(lost)} trials have"
    return f"{trials} no predictions of {label}; trial {lost[0].trial}: {why}"


def _of_model(
    planned: PlannedTestSet, own: Sequence[tuple[SetPart, Outcomes]]
) -> Iterator[tuple[str, SetFigures]]:
    """Yield the figures of a model on a set and on its conditions."""
    if not all(part.planned.of_test for part, _ in own):
        there = {
            trial.spec.trial for part, o in own if not part.planned.of_test for trial in o.trials
        }
        new = [_of_trials(outcome, there) for _, outcome in own]
        rows = zip(*map(prediction_digests, new), strict=True)
        yield (
            planned.label,
            SetFigures(
                sum(len(outcome.labels) for outcome in new),
                _trials(new[0]),
                tuple(np.mean([outcome.accuracies for outcome in new], axis=0).tolist()),
                tuple(_digest("".join(row).encode()) for row in rows),
            ),
        )
    for part, outcome in own:
        name = condition_name(planned, part.planned)
        if name != planned.label:
            yield (
                name,
                SetFigures(
                    len(outcome.labels),
                    _trials(outcome),
                    tuple(outcome.accuracies.tolist()),
                    prediction_digests(outcome),
                ),
            )


def _trials(outcome: Outcomes) -> tuple[int, ...]:
    return tuple(trial.spec.trial for trial in outcome.trials)


def _of_trials(outcome: Outcomes, numbers: Container[int]) -> Outcomes:
    """Return an outcome of some of its trials."""
    chosen = [i for i, trial in enumerate(outcome.trials) if trial.spec.trial in numbers]
    return replace(
        outcome,
        trials=tuple(outcome.trials[i] for i in chosen),
        rows=outcome.predictions[chosen],
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]
