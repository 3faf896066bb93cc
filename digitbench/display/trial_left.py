"""How long one trial still takes: from what is usual for its model, and from the pace of its fit.

A phase that takes longer than usual counts down slower and slower; when nothing tells any more how
long it takes, the time is not known until something does.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from digitbench.analysis.trial_times import PhaseSeconds
from digitbench.types import FitProgress, TrialPhase

_WEIGHT = 0.7
"""Weight of the newest trial in the mean of a model's: a machine gets slower and faster.

A first trial only counts until there is another: it has loaded and compiled."""
_TRUST = 0.25
"""How fast the pace of a fit is trusted: the power of the part that is done."""
_SLACK = 0.15
"""How much longer than usual a phase may take, as a fraction, without being late."""
_SLOWER = 3.0
"""How many times slower the time counts down around the usual end of a phase."""
_GRACE_SECONDS = 2.0
"""How long a phase may be over its time, standing still, until the time left is not known."""

_ALWAYS = {*TrialPhase} - {TrialPhase.TEST_SETS}
"""Phases of every trial that succeeds."""


@dataclass
class UsualTimes:
    """How long a model's trials take.

    Attributes:
        first: the first ones of a process; None if not known.
        later: the others, the newest counting most; None if not known.
    """

    first: PhaseSeconds | None = None
    later: PhaseSeconds | None = None

    def of(self, *, first: bool) -> PhaseSeconds | None:
        """Return how long a trial takes, as far as is known."""
        if first:
            return self.first or self.later
        return self.later or (self.first.without_start if self.first else None)

    def learn(self, seconds: PhaseSeconds, *, first: bool) -> None:
        """Take account of a trial that has ended."""
        if not first:
            self.later = self.later.towards(seconds, _WEIGHT) if self.later else seconds
            return
        if self.first and self.later and self.first.fit:
            self.later = self.later.times(seconds.fit / self.first.fit)
        self.first = seconds


@dataclass
class RunningTrial:
    """A trial that runs.

    Attributes:
        started: when, in seconds.
        first: whether it is likely the first of its model in a process.
        phases: when each phase began that has begun.
        steps: when the classifier told how many of its steps were done: the first and last report.
        total: how many steps there are; 0 if it has told nothing.
    """

    started: float
    first: bool
    phases: dict[TrialPhase, float] = field(default_factory=dict)
    steps: tuple[tuple[int, float], ...] = ()
    total: int = 0

    def report(self, progress: FitProgress, now: float) -> None:
        """Take account of a report."""
        self.steps = (*self.steps[:1], (progress.step, now))
        self.total = max(progress.total, 0)

    @property
    def fraction(self) -> float:
        """How much of the fit is done, as far as the classifier tells."""
        return min(self.steps[-1][0] / self.total, 1.0) if self.steps and self.total else 0.0

    def rest(self, now: float, usual: PhaseSeconds | None) -> float | None:
        """Return how many seconds it still takes; None if nothing tells."""
        after = usual.predict + usual.ending + usual.test_sets if usual else 0.0
        by_steps = self._by_steps(now, after)
        if usual is None:
            return by_steps
        phase = next(reversed(self.phases), None)
        passed = now - (self.phases[phase] if phase else self.started)
        if phase is TrialPhase.TEST_SETS:
            return _left(passed, usual.test_sets, 0.0)
        if phase is TrialPhase.LATENCY:
            return _left(passed, usual.ending, usual.test_sets)
        if phase is TrialPhase.PREDICT:
            return _left(passed, usual.predict, usual.ending + usual.test_sets)
        by_time = _left(passed, usual.fit, after) if phase else _left(passed, usual.whole, 0.0)
        if by_steps is None or by_time is None:
            return by_time if by_steps is None else by_steps
        return by_time + self._trust * (by_steps - by_time)

    def whole(self, ended: float) -> PhaseSeconds | None:
        """Return how long each of its parts took; None if its phases were not told."""
        if not self.phases.keys() >= _ALWAYS:
            return None
        begun = (self.phases[phase] for phase in TrialPhase if phase in self.phases)
        moments = (self.started, *begun, ended)
        return PhaseSeconds(*(end - start for start, end in pairwise(moments)))

    def foretells(
        self, waiting: PhaseSeconds | None, usual: PhaseSeconds | None
    ) -> PhaseSeconds | None:
        """Return how long a trial of the model takes that waits, given the pace of this one's fit.

        Args:
            waiting: how long it takes without that; None if nothing tells.
            usual: the same of this trial.
        """
        if not self.fraction:
            return waiting
        last, last_at = self.steps[-1]
        fit = last_at - self._fit_began + max(self.total - last, 0) * self._pace
        if waiting is None or usual is None or not usual.fit:
            return waiting or PhaseSeconds(fit=fit)
        return waiting.towards(waiting.times(fit / usual.fit), _WEIGHT * self._trust)

    def _by_steps(self, now: float, after: float) -> float | None:
        """Return what the pace of the fit tells, and None once it takes longer than that."""
        if not 0 < self.fraction < 1:
            return None
        last, last_at = self.steps[-1]
        return _left(now - last_at, (self.total - last) * self._pace, after)

    @property
    def _trust(self) -> float:
        """How much the pace of the fit counts beside what is usual, from 0 to 1."""
        return float(self.fraction**_TRUST)

    @property
    def _fit_began(self) -> float:
        return self.phases.get(TrialPhase.FIT, self.started)

    @property
    def _pace(self) -> float:
        """Seconds a step; the first, which may compile, is left out as soon as there are others."""
        (first, first_at), (last, last_at) = self.steps[0], self.steps[-1]
        if last > first:
            return (last_at - first_at) / (last - first)
        return (last_at - self._fit_began) / last


def _left(passed: float, seconds: float, after: float) -> float | None:
    """Return what is left of a phase that is not quite sure, and of what comes after it.

    Around its end it counts down slower; None when it is over and still runs.

    Args:
        passed: since it began.
        seconds: how long it usually takes.
        after: how long what comes after it takes.
    """
    slack = _SLACK * seconds
    left = seconds - passed
    if left > slack:
        return left + after
    slower = slack + (left - slack) / _SLOWER
    if slower * _SLOWER < -_GRACE_SECONDS:
        return None
    return max(slower, 0.0) + after
