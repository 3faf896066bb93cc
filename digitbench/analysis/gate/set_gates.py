"""The gates of one model on further test sets: floors, and drops against the baseline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from digitbench.analysis.baseline_sets import SetFigures, full_set_name, set_problem
from digitbench.analysis.gate.decision import Figure, Gate, GateKind
from digitbench.analysis.gate.power import contrast, exact_contrast, shortfall
from digitbench.analysis.gate.settings import ModelLimits, fraction
from digitbench.store.baseline import Baseline, BaselineFigures
from digitbench.types import RunRecord


@dataclass(frozen=True)
class SetGates:
    """A model's part of a check on further test sets.

    Attributes:
        label: the model.
        record: the run that is judged.
        now: its figures, by the name of a set or a condition.
        baseline: what it is compared with; None if nothing.
        limits: what is asked of the model.
        exact: whether the model is deterministic, now and in the baseline.
    """

    label: str
    record: RunRecord
    now: Mapping[str, SetFigures]
    baseline: Baseline | None
    limits: ModelLimits
    exact: bool

    @property
    def then(self) -> Mapping[str, BaselineFigures]:
        """The baseline's figures of the model, by the name of a set or a condition."""
        found = self.baseline.model(self.label) if self.baseline else None
        return found.test_sets if found else {}

    @property
    def _tolerances(self) -> dict[str, str]:
        """The tolerances by the whole names of the sets."""
        plan = self.record.plan
        given = self.limits.set_tolerance
        return {full_set_name(name, plan): amount for name, amount in given.items()}

    def gates(self) -> Iterator[Gate]:
        """Yield the gates: a drop for each set of the baseline, then the floors."""
        for test_set in self.baseline.test_sets if self.baseline else ():
            if test_set.label in self.then:
                yield self._drop(test_set.label)
        for name, floor in self.limits.min_set_accuracy.items():
            yield self._floor(full_set_name(name, self.record.plan), floor)

    def _drop(self, name: str) -> Gate:
        problem = set_problem(self.record, name, self.label)
        if problem:
            return Gate(GateKind.DROP, self.label, test_set=name, problem=problem)
        now, then = self.now[name], self.then[name]
        tolerance = fraction(self._tolerances.get(name, self.limits.tolerance), now.images)
        smallest = self.limits.smallest_drop
        clear = None if smallest is None else tolerance + fraction(smallest, now.images)
        if self.exact:
            held = exact_contrast(float(np.mean(then.accuracies) - np.mean(now.accuracies)))
        else:
            least = self._least_std(now, then.predictions)
            held = contrast(now.accuracies, then.accuracies, smallest_std=least)
        figure = Figure(held, held.drop, tolerance, tolerance, clear)
        unchanged = sorted(now.predictions) == sorted(then.predictions)
        return Gate(GateKind.DROP, self.label, (figure,), unchanged=unchanged, test_set=name)

    def _floor(self, name: str, floor: float) -> Gate:
        label = next(
            one.label
            for one in self.record.plan.test_sets
            if name == one.label or name.startswith(f"{one.label}/")
        )
        if problem := set_problem(self.record, label, self.label):
            return Gate(GateKind.ACCURACY, self.label, test_set=name, problem=problem)
        now = self.now[name]
        then = self.then.get(name)
        mean = float(np.mean(now.accuracies))
        if self.exact:
            held = exact_contrast(floor - mean)
        else:
            known = then.accuracies if then else ()
            least = self._least_std(now, then.predictions if then else ())
            held = shortfall(now.accuracies, floor, known, smallest_std=least)
        figure = Figure(held, mean, floor, clear=0.0)
        return Gate(GateKind.ACCURACY, self.label, (figure,), test_set=name)

    def _least_std(self, now: SetFigures, then: tuple[str, ...]) -> float:
        """Return the least spread of a trial: one image, unless all trials predict the same.

        That is the most that flips of single images count for (`digitbench.analysis.gate.power`).
        """
        return 0.0 if len({*now.predictions, *then}) == 1 else 1 / now.images
