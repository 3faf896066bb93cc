"""How long the trials of a run still take: from earlier runs, from this one, and from its fits.

The time counts down, or is not known. A trial that takes longer than usual counts down slower and
slower; when nothing tells any more how long it takes, the time is not known until something does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace

from digitbench.types import FitProgress, TrialResult, TrialSpec

_LEAST_WEIGHT = 0.3
"""Weight of the newest trial in the mean of a model's: a machine gets slower and faster."""
_SLACK = 0.15
"""How much longer than usual a trial may take, as a fraction, without being late."""
_SLOWER = 3.0
"""How many times slower the time counts down around the usual end of a trial."""
_AFTER_PREDICT_SECONDS = 1.0
"""Time of latencies and checks after `predict`, at most, as long as no trial tells it."""

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


@dataclass(frozen=True)
class _Usual:
    """How long a model's trials take, the newest counting most.

    Attributes:
        trials: how many have ended.
        whole_seconds: from the start of a trial to its result.
        after_fit_seconds: from the end of `fit` to the result.
    """

    trials: int = 0
    whole_seconds: float | None = None
    after_fit_seconds: float = 0.0

    def with_trial(self, whole_seconds: float, after_fit_seconds: float) -> "_Usual":
        """Return the same with one trial more."""
        weight = max(1 / (self.trials + 1), _LEAST_WEIGHT)
        before = whole_seconds if self.whole_seconds is None else self.whole_seconds
        return _Usual(
            self.trials + 1,
            before + weight * (whole_seconds - before),
            self.after_fit_seconds + weight * (after_fit_seconds - self.after_fit_seconds),
        )


@dataclass(frozen=True)
class _Running:
    """A trial that runs.

    Attributes:
        started: when, in seconds.
        steps: when the classifier told how many of its steps were done: the first and last report.
        total: how many steps there are; 0 if it has told nothing.
    """

    started: float
    steps: tuple[tuple[int, float], ...] = ()
    total: int = 0

    def reported(self, progress: FitProgress, now: float) -> "_Running":
        """Return the same after a report."""
        return replace(
            self, steps=(*self.steps[:1], (progress.step, now)), total=max(progress.total, 0)
        )

    @property
    def fraction(self) -> float:
        """How much of the fit is done, as far as the classifier tells."""
        return min(self.steps[-1][0] / self.total, 1.0) if self.steps and self.total else 0.0

    def rest(self, now: float, usual: _Usual) -> float | None:
        """Return how many seconds it still takes; None if nothing tells."""
        by_steps = self._by_steps(now, usual.after_fit_seconds)
        if usual.whole_seconds is None:
            return by_steps
        by_time = _counted_down(usual.whole_seconds, now - self.started)
        if by_steps is None or by_time is None:
            return by_time if by_steps is None else by_steps
        return by_time + self.fraction * (by_steps - by_time)

    def _by_steps(self, now: float, after_fit_seconds: float) -> float | None:
        """Return what the pace of the fit tells, and None once it takes longer than that."""
        if not self.fraction > 0:
            return None
        (first, first_at), (last, last_at) = self.steps[0], self.steps[-1]
        if last > first:
            pace = (last_at - first_at) / (last - first)
        else:
            pace = (last_at - self.started) / last
        rest = max(self.total - last, 0) * pace + after_fit_seconds
        return _counted_down(rest, now - last_at) if rest > 0 else None


class TimeLeft:
    """Follows the trials of a run, and tells how long they still take."""

    def __init__(
        self,
        trials: Iterable[TrialSpec],
        done: Iterable[TrialResult] = (),
        jobs: int = 1,
        expected_seconds: Mapping[str, float] | None = None,
    ) -> None:
        """Follow trials.

        Args:
            trials: what is to be run, in this order.
            done: what was run before.
            jobs: how many trials run at a time.
            expected_seconds: how long `fit` and `predict` of a model took in earlier runs, by
                label.
        """
        self._waiting = {_key(trial): trial.model for trial in trials}
        self._running: dict[_Key, _Running] = {}
        self._jobs = jobs
        self._usual = {
            model: _Usual(whole_seconds=seconds)
            for model, seconds in (expected_seconds or {}).items()
        }
        for result in done:
            seconds = _known_seconds(result)
            if seconds is not None:
                self._learn(result, seconds)

    def started(self, trial: TrialSpec, now: float) -> None:
        """Note that a trial begins, perhaps anew."""
        self._waiting.pop(_key(trial), None)
        self._running[_key(trial)] = _Running(now)

    def reported(self, trial: TrialSpec, progress: FitProgress, now: float) -> None:
        """Note how far a fit has come."""
        running = self._running.get(_key(trial), _Running(now))
        self._running[_key(trial)] = running.reported(progress, now)

    def finished(self, result: TrialResult, now: float) -> None:
        """Note that a trial has ended; one that was never started was taken over."""
        self._waiting.pop(_key(result.spec), None)
        running = self._running.pop(_key(result.spec), None)
        seconds = _known_seconds(result) if running is None else now - running.started
        if seconds is not None:
            self._learn(result, seconds)

    def fitted(self, trial: TrialSpec) -> bool:
        """Tell whether a trial's classifier has said that its fit is at the end."""
        running = self._running.get(_key(trial))
        return running is not None and running.fraction >= 1

    def at(self, now: float) -> Remaining:
        """Return what is known at a moment."""
        running = tuple(self._running.items())  # at once: the bars are drawn by another thread
        rests = [trial.rest(now, self._of(model)) for (model, _), trial in running]
        known = [rest for rest in rests if rest is not None]
        if len(known) < len(rests):
            return Remaining(None, complete=False)
        waiting = [self._of(model).whole_seconds for model in tuple(self._waiting.values())]
        ends = (known + [0.0] * self._jobs)[: max(self._jobs, len(known))]
        heapify(ends)
        for seconds in waiting:
            heapreplace(ends, ends[0] + (seconds or 0.0))
        if not max(ends):
            return Remaining(None if waiting else 0.0, complete=not waiting)
        return Remaining(max(ends), complete=None not in waiting)

    def _of(self, model: str) -> _Usual:
        return self._usual.get(model, _Usual())

    def _learn(self, result: TrialResult, seconds: float) -> None:
        """Keep how long a trial took; a first one in a process has loaded its framework too."""
        model = result.spec.model
        usual = self._of(model)
        if result.fit_seconds is None or result.predict_seconds is None:
            if result.status == "failed" and usual.trials:
                return  # it says nothing of trials that do not fail
            self._usual[model] = usual.with_trial(seconds, 0.0)
            return
        other = max(0.0, seconds - result.fit_seconds - result.predict_seconds)
        after = min(other, result.predict_seconds + _AFTER_PREDICT_SECONDS)
        if usual.trials < self._jobs:
            seconds = result.fit_seconds + result.predict_seconds + after
        if not usual.trials:
            usual = _Usual()  # what earlier runs took no longer counts
        self._usual[model] = usual.with_trial(seconds, result.predict_seconds + after)


def _counted_down(seconds: float, passed: float) -> float | None:
    """Return what is left of a time that is not quite sure.

    Around its end it counts down slower; None when it is over and something still runs.
    """
    slack = _SLACK * seconds
    left = seconds - passed
    if left > slack:
        return left
    slower = slack + (left - slack) / _SLOWER
    return slower if slower > 0 else None


def _known_seconds(result: TrialResult) -> float | None:
    """Return how long a trial took that was not watched; None if it does not tell."""
    if result.finished_at is not None and result.reused_from is None:
        return (result.finished_at - result.started_at).total_seconds()
    if result.fit_seconds is None:
        return None
    return result.fit_seconds + (result.predict_seconds or 0.0)


def _key(trial: TrialSpec) -> _Key:
    return trial.model, trial.trial
