"""How long the trials of a run still take: from earlier runs, from this one, and from its fits.

The time counts down, or is not known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from digitbench.analysis.trial_times import ExpectedSeconds, PhaseSeconds, known_seconds
from digitbench.display.trial_left import RunningTrial, UsualTimes
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec

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
        self._running: dict[_Key, RunningTrial] = {}
        self._jobs = jobs
        self._usual = {
            model: UsualTimes(seconds.first, seconds.later)
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
        self._running[_key(trial)] = RunningTrial(now, self._begun[trial.model] < self._jobs)
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

    def _waiting_seconds(self, running: Sequence[tuple[_Key, RunningTrial]]) -> list[float | None]:
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
        usual = self._usual.setdefault(result.spec.model, UsualTimes())
        if result.status == "failed" and (usual.first or usual.later):
            return  # it says nothing of trials that do not fail
        if seconds is None:
            whole = known_seconds(result)
            if whole is None:
                return
            seconds = PhaseSeconds.of(result, whole)
        usual.learn(seconds, first=first)


def _key(trial: TrialSpec) -> _Key:
    return trial.model, trial.trial
