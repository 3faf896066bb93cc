"""What the engines cost: trials that do little or nothing, through engine and store."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchlib.commands import timed
from benchlib.engine_trials import MemoryWatch, Silent, arrivals, prepare
from benchlib.options import QUICK_DATASET, DataRequest
from digitbench.errors import UsageError
from digitbench.runner.run import run_plan

SMALL = DataRequest(QUICK_DATASET)
"""The bundled digits: images whose size costs nothing."""

WARM_UP_TRIALS = 10
WARM_UP_TRAINING = "cnn[iterations=1]"
"""A trial that makes a worker import TensorFlow."""


@dataclass(frozen=True)
class Overhead:
    """Seconds per no-op trial of the engines `inline` and `process`, one pair per repeat."""

    inline: tuple[float, ...]
    process: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """The median difference."""
        return median(p - i for p, i in zip(self.process, self.inline, strict=True))


@dataclass(frozen=True)
class ManyTrials:
    """A run of many no-op trials, with the store.

    Attributes:
        seconds: from before its first trial, the start of the workers included, to its end.
        counted_from: the trial after which the growth is counted.
        early_bytes: resident memory of the runner after that trial.
        highest_bytes: the most it was after any later trial, or at the end of the run.
        show_seconds: whole calls of `digitbench show` of that run.
    """

    seconds: float
    counted_from: int
    early_bytes: int
    highest_bytes: int
    show_seconds: tuple[float, ...]

    @property
    def growth_bytes(self) -> int:
        """By how much the memory grew."""
        return max(0, self.highest_bytes - self.early_bytes)


@dataclass(frozen=True)
class Trainings:
    """Seconds for two trainings, one pair of figures per repeat.

    Attributes:
        at_once: both at the same time, on one thread each.
        in_turn: one after the other, on two threads.
    """

    at_once: tuple[float, ...]
    in_turn: tuple[float, ...]

    @property
    def throughput_ratio(self) -> float:
        """How many times the throughput two at once have: the median over the pairs."""
        return median(t / o for o, t in zip(self.at_once, self.in_turn, strict=True))


@dataclass(frozen=True)
class Sleeping:
    """Sleeping trials on several workers.

    Attributes:
        seconds: what they took once every worker was warm.
        ideal_seconds: their sleep, divided by the number of workers.
    """

    seconds: float
    ideal_seconds: float

    @property
    def share_of_ideal(self) -> float:
        """How near the throughput comes to the ideal."""
        return self.ideal_seconds / self.seconds


def measure_overhead(trials: int, repeats: int) -> Overhead:
    """Time no-op trials in this process and in a warm worker, taking turns."""

    def seconds_per_trial(engine: str) -> float:
        prepared = prepare("noop", SMALL, engine=engine, trials=WARM_UP_TRIALS + trials)
        times = arrivals(prepared)
        return (times[-1] - times[WARM_UP_TRIALS - 1]) / trials

    pairs = [(seconds_per_trial("inline"), seconds_per_trial("process")) for _ in range(repeats)]
    inline, process = zip(*pairs, strict=True)
    return Overhead(inline, process)


def measure_many_trials(trials: int, jobs: int, repeats: int) -> ManyTrials:
    """Run many no-op trials as `digitbench run` does, then show the run `repeats` times.

    Memory is that of the process this is called in, which should have done nothing before.

    Raises:
        UsageError: `digitbench show` failed, as it does if a trial did.
    """
    prepared = prepare("noop", SMALL, engine="process", trials=trials, jobs=jobs)
    plan, host, data = prepared.plan, prepared.host, prepared.data
    counted_from = min(100, (trials + 1) // 2)
    watch = MemoryWatch(counted_from)
    with tempfile.TemporaryDirectory() as runs_dir:
        start = perf_counter()
        path = run_plan(plan, host, data, prepared.engine(), Path(runs_dir), [watch])
        seconds = perf_counter() - start
        watch.read()
        command = [sys.executable, "-m", "digitbench", "show", path.name, "--runs-dir", runs_dir]
        show_seconds = tuple(timed(command)[0] for _ in range(repeats))
    early, highest = watch.early_bytes, watch.highest_bytes
    return ManyTrials(seconds, counted_from, early, highest, show_seconds)


def measure_trainings(model: str, request: DataRequest, repeats: int) -> Trainings:
    """Time two trainings at once on a thread each, and one after the other on two threads.

    The workers have imported TensorFlow before.

    Raises:
        UsageError: the model is deterministic, or a trial failed.
    """

    def seconds(jobs: int, threads: int) -> float:
        prepared = prepare(
            f"{WARM_UP_TRAINING},{model}",
            request,
            engine="process",
            trials=2,
            jobs=jobs,
            threads=threads,
        )
        planned = prepared.plan.models[1]
        if planned.deterministic:
            raise UsageError(f"{planned.label} is deterministic and run once; name another --model")
        label = planned.label
        events = Silent(watched=label)
        trials = sorted(prepared.plan.trial_specs(), key=lambda trial: trial.model == label)
        times = arrivals(prepared, trials, events)
        if events.began_at is None:
            raise AssertionError("the trials have run, so they have begun")
        return times[-1] - events.began_at

    pairs = [(seconds(2, 1), seconds(1, 2)) for _ in range(repeats)]
    at_once, in_turn = zip(*pairs, strict=True)
    return Trainings(at_once, in_turn)


def measure_sleeping(engine: str, workers: int, trials: int, seconds: float) -> Sleeping:
    """Time sleeping trials on several workers of one thread.

    As many trials as there are workers go before and are not counted: what follows then comes
    in rounds, so the time from the end of one round to the end of the last is that of the rest.
    """
    prepared = prepare(
        f"sleeper[seconds={seconds}]",
        SMALL,
        engine=engine,
        trials=workers + trials,
        jobs=workers,
    )
    times = arrivals(prepared)
    return Sleeping(times[-1] - times[workers - 1], trials * seconds / workers)
