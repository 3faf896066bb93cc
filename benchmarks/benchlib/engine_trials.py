"""Trials through an engine, as the benchmark of the engines needs them: timed and watched."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

from benchlib.options import DataRequest
from benchlib.trials import load_data
from digitbench import hookimpl
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import (
    Engine,
    EngineContext,
    FitProgress,
    PluginSources,
    RunInputs,
    RunPlan,
    TrialData,
    TrialPhase,
    TrialResult,
    TrialSpec,
)

NOOP_MODELS = Path(__file__).with_name("noop_models.py")


@dataclass(frozen=True)
class Prepared:
    """A plan with what it takes to run it."""

    plan: RunPlan
    host: PluginHost
    data: TrialData

    def engine(self) -> Engine:
        """Make the plan's engine.

        Raises:
            UsageError: there is none of that name, or what it needs is not installed.
        """
        plan = self.plan
        context = EngineContext(plan.jobs, plugins=PluginSources((NOOP_MODELS,)))
        return make_engine(plan.engine, self.host, context)

    def inputs(self) -> RunInputs:
        """Return what an engine needs besides the trials."""
        models = {name: offer.spec for name, offer in self.host.models.items()}
        return RunInputs(self.plan, models, self.data)


class MemoryWatch:
    """A hook user that notes the resident memory of this process as trials finish."""

    def __init__(self, counted_from: int) -> None:
        """Begin before the first trial.

        Args:
            counted_from: the trial after which it counts.
        """
        self._process = psutil.Process()
        self._trials_left = counted_from
        self.early_bytes = 0
        self.highest_bytes = 0

    @hookimpl
    def digitbench_trial_finished(self, plan: RunPlan, result: TrialResult) -> None:
        """Note the memory, from a certain trial on."""
        self._trials_left -= 1
        if self._trials_left == 0:
            self.early_bytes = self.read()
        elif self._trials_left < 0:
            self.read()

    def read(self) -> int:
        """Return the resident memory in bytes, and keep it if it is the highest."""
        now: int = self._process.memory_info().rss
        self.highest_bytes = max(self.highest_bytes, now)
        return now


class Silent:
    """Hears what an engine tells, and notes when the trials of a model began."""

    def __init__(self, watched: str | None = None) -> None:
        """Begin before the first trial.

        Args:
            watched: label of the model.
        """
        self._watched = watched
        self.began_at: float | None = None

    def started(self, trial: TrialSpec) -> None:
        """Note the first time that the watched model's turn came."""
        if trial.model == self._watched and self.began_at is None:
            self.began_at = perf_counter()

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Ignore it."""

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Ignore it."""

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Ignore it."""

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Refuse it: times with a trial run twice are worth nothing.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{trial.model}, trial {trial.trial} was run again: {reason}")


def prepare(
    models: str,
    request: DataRequest,
    *,
    engine: str,
    trials: int,
    jobs: int = 1,
    threads: int = 1,
) -> Prepared:
    """Plan trials of installed models and of those in `noop_models.py`.

    Raises:
        DigitbenchError: a model is unknown, or the images are missing.
    """
    host = load_plugins(files=[NOOP_MODELS])
    data, info = load_data(request)
    plan = RunPlan(
        models=resolve_models(parse_models(models), host),
        dataset=info,
        trials=trials,
        base_seed=0,
        threads=threads,
        engine=engine,
        jobs=jobs,
    )
    return Prepared(plan, host, data)


def arrivals(
    prepared: Prepared, trials: Sequence[TrialSpec] | None = None, events: Silent | None = None
) -> list[float]:
    """Run trials through the plan's engine, without a store; return when each result came.

    Args:
        prepared: the plan.
        trials: what to run of it, in which order; None for all of it.
        events: hears what the engine tells.

    Returns:
        Times of `time.perf_counter`.

    Raises:
        UsageError: a trial failed.
        DigitbenchError: there is no such engine, or it broke down.
    """
    trials = trials or prepared.plan.trial_specs()
    times = []
    with closing(prepared.engine().run(trials, prepared.inputs(), events or Silent())) as results:
        for result in results:
            times.append(perf_counter())
            if result.error is not None:
                raise UsageError(f"{result.spec.model} failed: {result.error}")
    return times
