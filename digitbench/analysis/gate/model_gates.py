"""The gates of one model: what is measured of it, beside what is asked and what was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log

import numpy as np

from digitbench.analysis.baseline import images_per_digit, wrong_per_digit
from digitbench.analysis.baseline_sets import SetFigures, prediction_digests
from digitbench.analysis.gate.decision import Figure, Gate, GateKind
from digitbench.analysis.gate.images import ImageChanges, image_changes
from digitbench.analysis.gate.power import contrast, exact_contrast, flip_std, shortfall
from digitbench.analysis.gate.set_gates import SetGates
from digitbench.analysis.gate.settings import ModelLimits, fraction
from digitbench.analysis.outcomes import Outcomes
from digitbench.store.baseline import Baseline, BaselineModel
from digitbench.types import RunRecord

_TIMES = {GateKind.FIT_TIME: "fit_seconds", GateKind.PREDICT_TIME: "predict_seconds"}


@dataclass(frozen=True)
class ModelGates:
    """One model's part of a check.

    Attributes:
        label: the model.
        record: the run that is judged.
        found: the outcomes of its models that have any, by label.
        baseline: what it is compared with, if anything.
        limits: what is asked of the model.
        sets: its figures on further test sets, by the name of a set or of a condition.
    """

    label: str
    record: RunRecord
    found: dict[str, Outcomes]
    baseline: Baseline | None
    limits: ModelLimits
    sets: Mapping[str, SetFigures] = field(default_factory=dict)

    @property
    def now(self) -> Outcomes | None:
        """Its trials that succeeded; None if none did."""
        return self.found.get(self.label)

    @property
    def then(self) -> BaselineModel | None:
        """The baseline's; None if that does not have it."""
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
        exact = self._exact(self.now)
        yield from SetGates(
            self.label, self.record, self.sets, self.baseline, self.limits, exact
        ).gates()

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
            held = exact_contrast(float(np.mean(then.accuracies)) - now.accuracy)
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
            return Figure(exact_contrast(floor - mean), mean, floor, clear=0.0, digit=digit)
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
            held = exact_contrast(log(ours / theirs))
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


def _seconds(outcome: Outcomes, kind: GateKind) -> list[float]:
    return [getattr(trial, _TIMES[kind]) for trial in outcome.trials]


def _size(outcome: Outcomes) -> int | None:
    """Return the size of the first trial that tells: in bytes, or else in parameters."""
    for name in ("model_size_bytes", "n_parameters"):
        for trial in outcome.trials:
            if (size := getattr(trial, name)) is not None:
                return int(size)
    return None
