"""The time left over whole runs, on a clock of their own: how far it is off, and that it moves."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from statistics import median
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.trial_times import ExpectedSeconds, PhaseSeconds
from digitbench.display.time_left import Remaining, TimeLeft
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec

Event = tuple[float, int, Callable[[float], None]]
"""When it happens, what goes first at the same time, and what happens."""

MEASURED = (TrialPhase.FIT, TrialPhase.PREDICT, TrialPhase.LATENCY)
Said = list[tuple[float, float | None, int]]
"""At each second, the time left and how many trials have ended."""


def trial(model: str, number: int) -> TrialSpec:
    return TrialSpec(model=model, name=model, options={}, trial=number, seed=1, threads=1)


def result(spec: TrialSpec, fit: float, predict: float, **given: object) -> TrialResult:
    times = {"fit_seconds": fit, "predict_seconds": predict}
    return TrialResult(
        spec=spec, status="ok", started_at=datetime.now(UTC), accuracy=0.9, **times, **given
    )


@dataclass
class Simulated:
    """A run whose trials take given times, with what was said of the time left every second.

    Attributes:
        seconds: how long the fit of a trial takes, by its number.
        epochs: how often it reports; 0 for never.
        starting: what comes before the first fit of each worker.
        compiling: what comes on top of the first `predict` of each worker.
        jobs: how many trials run at a time.
        phases: whether the engine tells them.
        test_sets: how long predicting further test sets takes; 0 if there are none.
    """

    seconds: Sequence[float]
    epochs: int = 0
    starting: float = 0.0
    compiling: float = 0.0
    jobs: int = 1
    expected: dict[str, ExpectedSeconds] = field(default_factory=dict)
    predict: float = 1.0
    latency: float = 1.0
    phases: bool = True
    test_sets: float = 0.0

    def run(self) -> tuple[float, Said]:
        """Return when the run ends, and at each second the time left and how many trials ended."""
        specs = [trial("m", number) for number in range(1, len(self.seconds) + 1)]
        left = TimeLeft(specs, (), self.jobs, self.expected)
        events: list[Event] = []
        free = [0.0] * self.jobs
        fresh = [True] * self.jobs
        ended = []
        for spec, fit in zip(specs, self.seconds, strict=True):
            worker = free.index(min(free))
            begin = free[worker]
            at = begin + (self.starting if fresh[worker] else 0.0)
            predict = self.predict + (self.compiling if fresh[worker] else 0.0)
            fresh[worker] = False
            events.append((begin, 1, partial(left.started, spec)))
            for epoch in range(1, self.epochs + 1):
                told = partial(left.reported, spec, FitProgress(epoch, self.epochs))
                events.append((at + fit * epoch / self.epochs, 1, told))
            measured = at + fit + predict + self.latency
            end = measured + self.test_sets
            begins = (at, at + fit, measured - self.latency, measured)
            for phase, when in zip(TrialPhase, begins, strict=True):
                if self.phases and (self.test_sets or phase in MEASURED):
                    events.append((when, 1, partial(left.entered, spec, phase)))
            events.append((end, 0, partial(left.finished, result(spec, fit, predict))))
            ended.append(end)
            free[worker] = end
        said = said_of(left, events, int(max(ended)), ended)
        return max(ended), said

    def errors(self) -> list[float]:
        """Return how far the known ones were off after the first trial, as fractions."""
        end, said = self.run()
        return [
            abs(left - (end - now)) / (end - now)
            for now, left, trials in said
            if trials and left is not None and end - now > 2
        ]

    def unknown(self) -> float:
        """Return at what part of the seconds after the first trial nothing was known."""
        known = [left is not None for _, left, trials in self.run()[1] if trials]
        return 1 - sum(known) / len(known)


def said_of(left: TimeLeft, events: Sequence[Event], seconds: int, ended: Sequence[float]) -> Said:
    """Let events happen, and return at each second the time left and how many trials ended."""
    waiting = deque(sorted(events, key=lambda event: event[:2]))
    said = []
    for second in range(seconds):
        while waiting and waiting[0][0] <= second:
            when, _, happen = waiting.popleft()
            happen(when)
        said.append((float(second), left.at(second).seconds, sum(e <= second for e in ended)))
    return said


@dataclass(frozen=True)
class Recorded:
    """A trial as it was: seconds from its start to its end, of its phases, and to each epoch."""

    whole: float
    fit: float
    predict: float
    epochs: tuple[float, ...]
    latency: float = 0.6

    def events(self, left: TimeLeft, spec: TrialSpec, begin: float) -> Iterator[Event]:
        """Yield what is told of it, from its start."""
        end = begin + self.whole
        fitted = end - self.latency - self.predict
        yield begin, 1, partial(left.started, spec)
        begins = (fitted - self.fit, fitted, end - self.latency)
        for phase, when in zip(MEASURED, begins, strict=True):
            yield when, 1, partial(left.entered, spec, phase)
        for number, seconds in enumerate(self.epochs, start=1):
            told = partial(left.reported, spec, FitProgress(number, len(self.epochs)))
            yield fitted - self.fit + seconds, 2, told
        yield end, 0, partial(left.finished, result(spec, self.fit, self.predict))


RECORDED = {
    "cnn x 5 on MNIST, others ending": (
        Recorded(112.9, 110.2, 1.1, (29.7, 46.9, 67.0, 86.3, 109.4)),
        Recorded(107.4, 104.4, 1.3, (19.8, 45.2, 72.2, 87.8, 103.6)),
        Recorded(80.6, 78.4, 1.1, (18.1, 35.5, 49.7, 63.8, 77.8)),
        Recorded(71.9, 69.1, 1.1, (13.9, 28.3, 41.8, 53.9, 68.2)),
        Recorded(72.8, 70.4, 1.0, (14.6, 28.4, 42.0, 56.0, 69.8)),
    ),
    "cnn x 5 on MNIST, others beginning": (
        Recorded(74.0, 56.2, 2.2, (16.1, 34.3, 55.3)),
        Recorded(66.8, 61.3, 2.2, (17.1, 37.6, 60.4)),
        Recorded(70.0, 62.4, 3.3, (22.2, 41.4, 61.2)),
        Recorded(81.8, 77.2, 2.0, (29.4, 52.2, 76.3)),
        Recorded(93.3, 86.1, 3.4, (17.2, 40.5, 84.5)),
    ),
}
"""Trials of real runs on a machine of two processors that others used too, and more or less so."""


def replayed(trials: Sequence[Recorded], **given: Any) -> tuple[list[float], Said]:
    """Return when each trial of a recorded run ends, and what is said in each second."""
    specs = [trial("m", number) for number in range(1, len(trials) + 1)]
    left = TimeLeft(specs, **given)
    begins = list(accumulate((one.whole for one in trials), initial=0.0))
    events = [
        event
        for one, spec, begin in zip(trials, specs, begins, strict=False)
        for event in one.events(left, spec, begin)
    ]
    return begins[1:], said_of(left, events, int(begins[-1]), begins[1:])


def noisy(mean: float, spread: float, count: int, seed: int = 0) -> list[float]:
    factors = np.random.default_rng(seed).lognormal(0, spread, count)
    return [float(mean * factor) for factor in factors]


def standing_still(said: Said) -> Iterator[int]:
    """Yield for how many seconds each shown time stays as it is; not known is no time."""
    length, before = 0, None
    for _, left, _ in said:
        shown = None if left is None else -int(-left // 1)
        length = length + 1 if shown is not None and shown == before else 0
        before = shown
        yield length


SCHEDULES = {
    "steady": Simulated([30] * 5),
    "steady, with epochs": Simulated([60] * 5, epochs=6),
    "a framework is loaded first": Simulated([30] * 5, starting=20),
    "a first trial compiles too": Simulated([30] * 5, starting=20, compiling=8),
    "no phases are told": Simulated(noisy(40, 0.1, 6), starting=20, phases=False),
    "no phases are told, with epochs": Simulated([60] * 5, epochs=6, phases=False),
    "variable": Simulated(noisy(40, 0.2, 8)),
    "variable, with epochs": Simulated(noisy(40, 0.3, 8), epochs=8),
    "slower and slower": Simulated([30 * 1.05**n for n in range(8)]),
    "faster and faster": Simulated([60 * 0.95**n for n in range(8)]),
    "several workers": Simulated(noisy(40, 0.1, 9), jobs=3),
    "several workers, with epochs": Simulated(noisy(40, 0.2, 9), jobs=2, epochs=5, starting=10),
    "long trials": Simulated(noisy(600, 0.1, 4)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_is_right_within_a_fifth_after_the_first_trial(name: str) -> None:
    simulated = SCHEDULES[name]
    assert median(simulated.errors()) < 0.2
    assert simulated.unknown() < 0.25


@pytest.mark.parametrize("name", RECORDED)
def test_real_runs_sampled_every_5_seconds(name: str) -> None:
    ended, said = replayed(RECORDED[name])
    end = ended[-1]
    sampled = [(now, left) for now, left, trials in said[::5] if trials]
    known = [(now, left) for now, left in sampled if left is not None]
    errors = [abs(left - (end - now)) / (end - now) for now, left in known]
    assert median(errors) < 0.3  # a load that changes by half is followed, and not foreseen
    assert len(known) > 0.9 * len(sampled)
    assert max(standing_still(said)) < 5


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_never_stands_still(name: str) -> None:
    assert max(standing_still(SCHEDULES[name].run()[1])) < 5


def test_a_steady_run_counts_down_second_by_second() -> None:
    end, said = Simulated([30] * 4).run()
    for now, left, trials in said:
        if trials and left is not None and not (now % 32 > 25):
            assert left == pytest.approx(end - now, abs=0.5)


def test_earlier_runs_tell_the_first_trial() -> None:
    usual = PhaseSeconds(0, 30, 1, 1)
    known = {"m": ExpectedSeconds(usual, usual)}
    said = Simulated([30] * 3, expected=known).run()[1]
    assert said[0][1] == pytest.approx(96)
    assert Simulated([30] * 3).run()[1][0][1] is None
    twice = Simulated([60] * 3, expected=known)
    assert median(twice.errors()) < 0.05  # what this run takes goes before what others took


def test_further_test_sets_count_down_like_the_rest() -> None:
    with_sets = Simulated([30] * 4, test_sets=20)
    end, said = with_sets.run()
    assert end == 4 * 52
    assert median(with_sets.errors()) < 0.02
    assert max(standing_still(said)) < 5
    usual = PhaseSeconds(0, 30, 1, 1, 20)
    foretold = replace(with_sets, expected={"m": ExpectedSeconds(usual, usual)}).run()[1]
    assert foretold[0][1] == pytest.approx(end)
    late = replace(with_sets, expected={"m": ExpectedSeconds(usual, usual)}, seconds=[30])
    assert [late.run()[1][second][1] for second in (32, 40)] == pytest.approx([20, 12])


def test_earlier_runs_tell_how_much_slower_a_first_trial_is() -> None:
    first, later = PhaseSeconds(12, 10, 5, 1), PhaseSeconds(0, 10, 1, 1)
    slow = Simulated([10] * 4, starting=12, compiling=4)
    expected = {"m": ExpectedSeconds(first, later)}
    foreseen = replace(slow, expected=expected)
    end, said = foreseen.run()
    assert said[0][1] == pytest.approx(end)
    assert median(foreseen.errors()) < 0.02
    twice = replace(slow, seconds=[20] * 4, expected=expected)
    assert median(twice.errors()) < 0.1  # on a machine half as fast as then
    assert max(slow.errors()) > 0.2


def test_a_first_trial_no_longer_counts_once_there_is_another() -> None:
    specs = [trial("m", number) for number in range(1, 4)]
    left = TimeLeft(specs)
    for number, (fit, begin) in enumerate(((90, 0), (30, 100))):
        left.started(specs[number], begin)
        left.finished(result(specs[number], fit, 4), begin + fit + 5)
    assert left.at(200).seconds == 35


def test_each_phase_counts_down_to_the_next() -> None:
    one, other = trial("m", 1), trial("m", 2)
    usual = PhaseSeconds(0, 20, 9, 3)
    left = TimeLeft([one, other], expected={"m": ExpectedSeconds(usual, usual)})
    left.started(one, 0)
    for phase, when, rest in (("fit", 2, 32), ("predict", 30, 12), ("latency", 31, 3)):
        left.entered(one, TrialPhase(phase), when)
        assert left.at(when).seconds == rest + 32
        assert left.at(when + 1).seconds == rest + 31


def test_the_pace_of_a_fit_tells_how_long_those_take_that_wait() -> None:
    specs = [trial("m", number) for number in range(1, 4)]
    left = TimeLeft(specs)
    left.started(specs[0], 0)
    left.entered(specs[0], TrialPhase.FIT, 2)
    assert left.at(6).seconds is None
    left.reported(specs[0], FitProgress(1, 5), 12)
    assert left.at(12) == Remaining(40 + 2 * 50, complete=True)
    left.finished(result(specs[0], 50, 0), 52)
    left.started(specs[1], 52)
    left.entered(specs[1], TrialPhase.FIT, 52)
    before = left.at(72).seconds
    left.reported(specs[1], FitProgress(1, 5), 72)  # twice as slow
    after = left.at(72).seconds
    assert before is not None
    assert after is not None
    assert before + 50 < after < 4 * 20 + 100


def test_epochs_tell_the_first_trial() -> None:
    end, said = Simulated([60], epochs=6).run()
    for now, left, _ in said:
        if 20 < now < 55:
            assert left is not None
            assert left == pytest.approx(end - now, abs=8)


def test_a_trial_that_begins_anew_counts_from_there() -> None:
    first, second = trial("m", 1), trial("m", 2)
    left = TimeLeft([first, second])
    left.started(first, 0)
    left.finished(result(first, 40, 5), 50)
    left.started(second, 50)
    left.started(second, 80)
    assert left.at(80).seconds == 46  # the first took 4 s more, to load


def test_a_failure_does_not_shorten_what_others_take() -> None:
    specs = [trial("m", number) for number in range(1, 4)]
    left = TimeLeft(specs)
    left.started(specs[0], 0)
    left.finished(result(specs[0], 40, 5), 50)
    left.started(specs[1], 50)
    failed = TrialResult(spec=specs[1], status="failed", started_at=datetime.now(UTC), error="x")
    left.finished(failed, 51)
    assert left.at(51).seconds == 46


def test_trials_that_are_added_are_told_by_those_there_were() -> None:
    began = datetime.now(UTC)
    done = [
        TrialResult(
            spec=trial("m", number),
            status="ok",
            started_at=began,
            finished_at=began + timedelta(seconds=50),
            accuracy=0.9,
            fit_seconds=40,
            predict_seconds=5,
        )
        for number in (1, 2)
    ]
    more = [trial("m", number) for number in (3, 4)]
    left = TimeLeft(more, done)
    left.started(more[0], 0)
    assert left.at(10).seconds == 90


def test_a_model_that_has_not_run_makes_it_a_lower_bound() -> None:
    known, new = trial("a", 1), trial("b", 1)
    again = trial("a", 2)
    left = TimeLeft([known, again, new])
    left.started(known, 0)
    left.finished(result(known, 8, 1), 10)
    left.started(again, 10)
    found = left.at(11)
    assert (found.seconds, found.complete) == (9, False)
    left.finished(result(again, 8, 1), 20)
    left.started(new, 20)
    assert left.at(21).seconds is None


def test_the_time_counts_down_while_the_first_worker_starts() -> None:
    expected = {"m": ExpectedSeconds(PhaseSeconds(fit=20.0))}
    left = TimeLeft([trial("m", 1)], expected=expected)
    assert [left.at(now).seconds for now in (5.0, 9.0, 15.0, 25.0)] == [20.0, 16.0, 10.0, None]
    left.started(trial("m", 1), 26.0)
    assert left.at(26.0).seconds == 20.0
