"""A check: a run held against what is asked of it, and against a baseline.

The question is about one test set: has the mean accuracy of these models, on these very images,
become lower than it was, by more than trainings with other seeds differ?
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np

from digitbench.analysis.baseline import images_per_digit, prediction_digests, wrong_per_digit
from digitbench.analysis.gate.decision import (
    Decision,
    Figure,
    Gate,
    GateKind,
    GateOutcome,
    decide,
    overall,
)
from digitbench.analysis.gate.images import ImageChanges, image_changes
from digitbench.analysis.gate.power import Contrast, contrast, flip_std, shortfall
from digitbench.analysis.gate.settings import GateSettings, ModelLimits, fraction
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.errors import UsageError
from digitbench.store.baseline import Baseline, BaselineModel
from digitbench.types import RunPlan, RunRecord

_TIMES = {GateKind.FIT_TIME: "fit_seconds", GateKind.PREDICT_TIME: "predict_seconds"}


@dataclass(frozen=True)
class CheckedModel:
    """A model of a check, as it is and as it was.

    Attributes:
        label: the model.
        now: its trials that succeeded; None if none did.
        then: the baseline's; None if that does not have it.
        images: which images became wrong or right; None unless there are both.
    """

    label: str
    now: Outcomes | None
    then: BaselineModel | None
    images: ImageChanges | None


@dataclass(frozen=True)
class Judgement:
    """What a check found.

    Attributes:
        record: the run that was judged.
        baseline: what it was held against, if anything.
        settings: what was asked.
        looks: how many times it might look, each time with more trials.
        models: the models that were judged.
        decisions: the gates, model by model.
    """

    record: RunRecord
    baseline: Baseline | None
    settings: GateSettings
    looks: int
    models: tuple[CheckedModel, ...]
    decisions: tuple[Decision, ...]

    @property
    def outcome(self) -> GateOutcome:
        """What the worst gate says."""
        return overall(self.decisions)

    @property
    def passed(self) -> bool:
        """Whether the check as a whole lets pass; what is inconclusive counts as configured."""
        if self.outcome is GateOutcome.INCONCLUSIVE:
            return self.settings.on_inconclusive == "pass"
        return self.outcome is GateOutcome.PASS

    @property
    def noisy_gates(self) -> int:
        """How many gates can give a false alarm."""
        return sum(decision.gate.noisy for decision in self.decisions)

    @property
    def false_alarms(self) -> float:
        """How often a check like this fails though nothing has changed, at most."""
        return self.settings.false_alarms if self.noisy_gates else 0.0


def check(
    record: RunRecord,
    baseline: Baseline | None,
    settings: GateSettings,
    models: Collection[str] | None = None,
    *,
    looks: int = 1,
) -> Judgement:
    """Judge a run.

    Args:
        record: the run, read with its predictions.
        baseline: what it is held against; None if only floors and ratios are asked for. What
            differs must have been looked at (`digitbench.analysis.gate.compatibility`).
        settings: what is asked.
        models: labels of the models to judge; None for those of the run and of the baseline.
        looks: how many times the check looks at most, each time with more trials.

    Raises:
        UsageError: a model that is named is not there.
    """
    found = {outcome.label: outcome for outcome in outcomes(record)}
    known = refuse_unknown_names(record.plan, baseline, settings, models)
    labels = [label for label in known if models is None or label in models]
    rows = [_Row(label, record, found, baseline, settings.limits(label)) for label in labels]
    gates = [gate for row in rows for gate in row.gates()]
    checked = tuple(CheckedModel(r.label, r.now, r.then, r.images) for r in rows)
    decisions = decide(gates, settings.false_alarms, looks)
    return Judgement(record, baseline, settings, looks, checked, decisions)


def refuse_unknown_names(
    plan: RunPlan,
    baseline: Baseline | None,
    settings: GateSettings,
    models: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Return the labels of the models of a run and of a baseline.

    Raises:
        UsageError: the settings, or the models to judge, name another one; or a ratio is to a
            model that the run does not have.
    """
    planned = [model.label for model in plan.models]
    known = dict.fromkeys(
        [*planned, *(model.label for model in baseline.models)] if baseline else planned
    )
    for label in (*(models or ()), *settings.model):
        if label not in known:
            raise UsageError(f"there is no {label} to check; there are: {', '.join(known)}")
    for label in planned:
        limits = settings.limits(label)
        ratios = (limits.max_fit_time_ratio, limits.max_predict_time_ratio, limits.max_size_ratio)
        for reference in (name for ratio in ratios for name in ratio):
            if reference not in planned:
                raise UsageError(
                    f"{label} is to be compared with {reference}, which is not in the run: add it "
                    "to --models"
                )
    return tuple(known)


def asks_something(
    labels: Collection[str], baseline: Baseline | None, settings: GateSettings
) -> bool:
    """Tell whether there is a gate for any of the models, beside that of its trials."""
    return any(
        (baseline is not None and baseline.model(label) is not None)
        or settings.limits(label).asks_something
        for label in labels
    )


def looks_of(trials: int, max_trials: int | None) -> tuple[int, ...]:
    """Return the numbers of trials at which a check looks: twice as many each time.

    Args:
        trials: at the first look.
        max_trials: at the last; None or fewer than `trials` for no other look.
    """
    counts = [trials]
    while max_trials is not None and counts[-1] < max_trials:
        counts.append(min(2 * counts[-1], max_trials))
    return tuple(counts)


@dataclass(frozen=True)
class _Row:
    """One model's part of a check."""

    label: str
    record: RunRecord
    found: dict[str, Outcomes]
    baseline: Baseline | None
    limits: ModelLimits

    @property
    def now(self) -> Outcomes | None:
        return self.found.get(self.label)

    @property
    def then(self) -> BaselineModel | None:
        return self.baseline.model(self.label) if self.baseline else None

    @cached_property
    def images(self) -> ImageChanges | None:
        """Say which images changed; nothing can be said if they are other images."""
        if self.now is None or self.then is None or not self._same_images:
            return None
        return image_changes(self.now, self.then)

    @property
    def _same_images(self) -> bool:
        """Tell whether run and baseline were tested on the same images, by all that is known."""
        if self.baseline is None or self.now is None:
            return False
        then = self.baseline.dataset.test_images_per_digit
        return then == images_per_digit(self.now.labels)

    def gates(self) -> Iterator[Gate]:
        """Yield the model's gates."""
        problem = self._missing_trials()
        yield Gate(GateKind.TRIALS, self.label, problem=problem)
        if self.now is None:
            return
        if self.then is not None:
            yield self._drop(self.now, self.then)
        if self.limits.min_accuracy is not None:
            yield self._accuracy(self.now, self.limits.min_accuracy)
        if self.limits.min_class_accuracy:
            yield self._class_accuracy(self.now, self.limits.min_class_accuracy)
        for kind, ratios in (
            (GateKind.FIT_TIME, self.limits.max_fit_time_ratio),
            (GateKind.PREDICT_TIME, self.limits.max_predict_time_ratio),
            (GateKind.SIZE, self.limits.max_size_ratio),
        ):
            for reference, limit in ratios.items():
                yield self._ratio(kind, self.now, reference, limit)

    def _missing_trials(self) -> str | None:
        """Say what is wrong with the trials, if anything."""
        planned = next((m for m in self.record.plan.models if m.label == self.label), None)
        if planned is None:
            return "the baseline has it, the run does not"
        wanted = self.record.plan.trials_of(planned)
        results = [r for r in self.record.results if r.spec.model == self.label]
        failed = [result for result in results if result.status == "failed"]
        if failed:
            first = failed[0]
            return f"{len(failed)} of {wanted} failed; trial {first.spec.trial}: {first.error}"
        if len(results) < wanted:
            return f"{wanted - len(results)} of {wanted} are missing"
        return None

    def _drop(self, now: Outcomes, then: BaselineModel) -> Gate:
        images = len(now.labels)
        tolerance = fraction(self.limits.tolerance, images)
        smallest = self.limits.smallest_drop
        clear = None if smallest is None else tolerance + fraction(smallest, images)
        if self._exact(now):
            held = _exact(float(np.mean(then.accuracies)) - now.accuracy)
        else:
            held = contrast(list(now.accuracies), then.accuracies, smallest_std=self._flip_std(now))
        figure = Figure(held, held.drop, tolerance, tolerance, clear)
        unchanged = sorted(prediction_digests(now)) == sorted(then.predictions)
        return Gate(GateKind.DROP, self.label, (figure,), unchanged=unchanged)

    def _accuracy(self, now: Outcomes, floor: float) -> Gate:
        figure = self._floor(now, list(now.accuracies), floor, self._then_accuracies(), None)
        return Gate(GateKind.ACCURACY, self.label, (figure,))

    def _class_accuracy(self, now: Outcomes, floors: dict[int, float]) -> Gate:
        sizes = images_per_digit(now.labels)
        wrong = wrong_per_digit(now)
        then = self.then.wrong_per_digit if self.then and self._same_images else ()
        figures = []
        for digit, floor in sorted(floors.items()):
            size = sizes[digit]
            if size == 0:
                continue
            ours, theirs = ([1 - row[digit] / size for row in rows] for rows in (wrong, then))
            figures.append(self._floor(now, ours, floor, theirs, digit))
        return Gate(GateKind.CLASS_ACCURACY, self.label, tuple(figures))

    def _floor(
        self,
        now: Outcomes,
        accuracies: Sequence[float],
        floor: float,
        then: Sequence[float],
        digit: int | None,
    ) -> Figure:
        mean = float(np.mean(accuracies))
        if self._exact(now):
            return Figure(_exact(floor - mean), mean, floor, clear=0.0, digit=digit)
        held = shortfall(accuracies, floor, then, smallest_std=self._flip_std(now, digit))
        return Figure(held, mean, floor, clear=0.0, digit=digit)

    def _ratio(self, kind: GateKind, now: Outcomes, reference: str, limit: float) -> Gate:
        other = self.found.get(reference)
        if other is None:
            return Gate(kind, self.label, reference=reference, problem=f"{reference} failed")
        if kind is GateKind.SIZE:
            ours, theirs = (_size(outcome) for outcome in (now, other))
            if not ours or not theirs:
                nameless = reference if ours else self.label
                problem = f"{nameless} does not tell its size"
                return Gate(kind, self.label, reference=reference, problem=problem)
            held = _exact(log(ours / theirs))
        else:
            held = contrast(*([-log(s) for s in _seconds(o, kind)] for o in (now, other)))
        figure = Figure(held, float(np.exp(held.drop)), limit, log(limit), log(limit))
        return Gate(kind, self.label, (figure,), reference=reference)

    def _exact(self, now: Outcomes) -> bool:
        return now.planned.deterministic and (self.then is None or self.then.deterministic)

    def _then_accuracies(self) -> Sequence[float]:
        return self.then.accuracies if self.then and self._same_images else ()

    def _flip_std(self, now: Outcomes, digit: int | None = None) -> float:
        """Return the least spread of a trial, from the images of a digit, or from all."""
        chosen = np.ones(len(now.labels), np.bool_) if digit is None else now.labels == digit
        wrong, trials = (~now.correct).sum(axis=0, dtype=np.int64), len(now.trials)
        if self.then and self._same_images:
            wrong, trials = wrong + self.then.wrong_counts(len(wrong)), trials + self.then.trials
        return flip_std(wrong[chosen], trials)


def _exact(drop: float) -> Contrast:
    """Return a contrast without noise."""
    return Contrast(drop, 0.0, 1, 0.0)


def _seconds(outcome: Outcomes, kind: GateKind) -> list[float]:
    return [getattr(trial, _TIMES[kind]) for trial in outcome.trials]


def _size(outcome: Outcomes) -> int | None:
    """Return the size of the first trial that tells: in bytes, or else in parameters."""
    for name in ("model_size_bytes", "n_parameters"):
        for trial in outcome.trials:
            if (size := getattr(trial, name)) is not None:
                return int(size)
    return None
