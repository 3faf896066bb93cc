"""How long the trials of a run still take: from earlier runs, from this one, and from its fits.

The time counts down, or is not known. A phase that takes longer than usual counts down slower and
slower; when nothing tells any more how long it takes, the time is not known until something does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from itertools import pairwise

from digitbench.analysis.trial_times import ExpectedSeconds, PhaseSeconds, known_seconds
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec

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

_Key = tuple[str, int]


@dataclass(frozen=True)
class Remaining:
    """What is known of the time left.

    Attributes:
        seconds: until the last trial ends; None if it is not known.
        complete: whether that is the time of all trials; else models that have not run yet come on
            top.
    """

    seconds: float | None
    complete: bool


@dataclass
class _Usual:
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
class _Running:
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


class TimeLeft:
    """Follows the trials of a run, and tells how long they still take."""

    def __init__(
        self,
        trials: Iterable[TrialSpec],
        done: Iterable[TrialResult] = (),
        jobs: int = 1,
        expected: Mapping[str, ExpectedSeconds] | None = None,
    ) -> None:
        """Follow trials.

        Args:
            trials: what is to be run, in this order.
            done: what was run before.
            jobs: how many trials run at a time.
            expected: how long trials of a model took in earlier runs, by label.
        """
        self._waiting = {_key(trial): trial.model for trial in trials}
        self._running: dict[_Key, _Running] = {}
        self._jobs = jobs
        self._usual = {
            model: _Usual(seconds.first, seconds.later)
            for model, seconds in (expected or {}).items()
        }
        before: Counter[str] = Counter()
        for result in sorted(done, key=lambda result: result.started_at):
            self._learn(result, None, first=before[result.spec.model] < jobs)
            before[result.spec.model] += 1
        self._begun: Counter[str] = Counter()
        self._asked_at: float | None = None

    def started(self, trial: TrialSpec, now: float) -> None:
        """Note that a trial begins, perhaps anew."""
        self._waiting.pop(_key(trial), None)
        self._running[_key(trial)] = _Running(now, self._begun[trial.model] < self._jobs)
        self._begun[trial.model] += 1

    def entered(self, trial: TrialSpec, phase: TrialPhase, now: float) -> None:
        """Note that a phase of a trial begins."""
        if running := self._running.get(_key(trial)):
            running.phases[phase] = now

    def reported(self, trial: TrialSpec, progress: FitProgress, now: float) -> None:
        """Note how far a fit has come."""
        if running := self._running.get(_key(trial)):
            running.report(progress, now)

    def finished(self, result: TrialResult, now: float) -> None:
        """Note that a trial has ended; one that was never started was taken over."""
        self._waiting.pop(_key(result.spec), None)
        running = self._running.pop(_key(result.spec), None)
        if running is None:
            self._learn(result, None, first=False)
            return
        seconds = running.whole(now) or PhaseSeconds.of(result, now - running.started)
        self._learn(result, seconds, first=running.first)

    def at(self, now: float) -> Remaining:
        """Return what is known at a moment."""
        running = tuple(self._running.items())  # at once: the bars are drawn by another thread
        rests = [trial.rest(now, self._of(model, trial.first)) for (model, _), trial in running]
        known = [rest for rest in rests if rest is not None]
        if len(known) < len(rests):
            return Remaining(None, complete=False)
        waiting = self._waiting_seconds(running)
        ends = (known + [0.0] * self._jobs)[: max(self._jobs, len(known))]
        heapify(ends)
        for seconds in waiting:
            heapreplace(ends, ends[0] + (seconds or 0.0))
        if not max(ends):
            return Remaining(None if waiting else 0.0, complete=not waiting)
        seconds = max(ends) if self._begun else self._before_the_first(max(ends), now)
        return Remaining(seconds, complete=None not in waiting)

    def _before_the_first(self, seconds: float, now: float) -> float | None:
        """Let the time count down while nothing has begun, as when a worker starts slowly."""
        if self._asked_at is None:
            self._asked_at = now
        left = seconds - (now - self._asked_at)
        return left if left > 0 else None

    def _waiting_seconds(self, running: Sequence[tuple[_Key, _Running]]) -> list[float | None]:
        """Return how long each trial takes that has not begun; None if not known."""
        begun = self._begun.copy()
        found = []
        for model in tuple(self._waiting.values()):
            seconds = self._of(model, begun[model] < self._jobs)
            begun[model] += 1
            for (of, _), trial in running:
                if of == model:
                    seconds = trial.foretells(seconds, self._of(model, trial.first))
            found.append(seconds.whole if seconds else None)
        return found

    def _of(self, model: str, first: bool) -> PhaseSeconds | None:
        usual = self._usual.get(model)
        return usual.of(first=first) if usual else None

    def _learn(self, result: TrialResult, seconds: PhaseSeconds | None, *, first: bool) -> None:
        """Keep how long a trial took, by its result if nobody watched it."""
        usual = self._usual.setdefault(result.spec.model, _Usual())
        if result.status == "failed" and (usual.first or usual.later):
            return  # it says nothing of trials that do not fail
        if seconds is None:
            whole = known_seconds(result)
            if whole is None:
                return
            seconds = PhaseSeconds.of(result, whole)
        usual.learn(seconds, first=first)


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


def _key(trial: TrialSpec) -> _Key:
    return trial.model, trial.trial
