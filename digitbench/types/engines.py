"""What a plugin says of an engine, and what the engine is given and has to give."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from digitbench.types.data import TrialData
from digitbench.types.models import FitProgress, ModelOptions, ModelSpec, NoOptions
from digitbench.types.plans import RunPlan, TrialSpec
from digitbench.types.results import TrialResult


@dataclass(frozen=True)
class PluginSources:
    """Where another process finds the models of a run, besides the installed plugins.

    It can be pickled.

    Attributes:
        files: single-file plugins, as absolute paths.
        python_models: models given as Python objects, by name, pickled with their code.
    """

    files: tuple[Path, ...] = ()
    python_models: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineContext:
    """What an engine may know before there is a run.

    Attributes:
        jobs: how many trials are to run at a time (`--jobs`).
        timeout_seconds: how long a trial may take, from before `build` to its result; None for no
            limit.
        plugins: where other processes find the models.
        data_dir: where other machines find the data set's files, if the user says so.
        offline: other machines never touch the network for data.
        examine: gets the error of a trial that fails, in the process that runs it and while its
            frames are there: a debugger (`--pdb`). An engine that runs trials in other processes
            is never given one.
        early: a worker's process that has been started already, for the engine `process`.
    """

    jobs: int = 1
    timeout_seconds: float | None = None
    plugins: PluginSources = PluginSources()
    data_dir: Path | None = None
    offline: bool = False
    examine: Callable[[BaseException], None] | None = None
    early: object | None = None


@dataclass(frozen=True)
class RunInputs:
    """What the trials of a run need.

    Attributes:
        plan: the run that the trials are of.
        models: by name, in this process.
        data: the images, in this process.
    """

    plan: RunPlan
    models: Mapping[str, ModelSpec]
    data: TrialData


class TrialPhase(StrEnum):
    """What a trial does after its classifier was built.

    Members:
        FIT: the classifier learns.
        PREDICT: it predicts the test images, and their probabilities.
        LATENCY: it predicts single images.
        TEST_SETS: it predicts further test sets; left out if the run has none.
    """

    FIT = "fit"
    PREDICT = "predict"
    LATENCY = "latency"
    TEST_SETS = "test_sets"


class TrialEvents(Protocol):
    """What an engine reports while trials run, always from the thread that runs the engine."""

    def started(self, trial: TrialSpec) -> None:
        """Report that a trial is about to be built."""

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Report that a phase of a trial begins."""

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Report how far a trial's fit has come."""

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Pass on a line that a trial in another process wrote to its stdout or stderr."""

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Report that a trial was lost through no fault of its own and begins again."""


Results = Generator[TrialResult, None, None]
"""Results as they come; closed if no more are wanted."""


class Engine(Protocol):
    """What `EngineSpec.build` returns: it runs trials somewhere and yields their results."""

    def run(self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents) -> Results:
        """Yield one result per trial, failed ones included, in the order they finish.

        It is a generator. A `KeyboardInterrupt` may be raised in it at any point, also where it
        yields: it then yields what has finished and raises it again. Closing it, or an interrupt,
        ends the trials under way and leaves no process behind.

        Raises:
            EngineError: the engine itself broke down; the results so far stand.
        """


@dataclass(frozen=True)
class EngineSpec:
    """An engine that a plugin offers.

    Attributes:
        name: lower-case letters, digits, dashes and underscores; what `--engine` takes.
        summary: one line for people.
        build: makes the engine from its options. Import heavy libraries here and not at the top
            of the plugin's module. It raises a `UsageError` if the engine cannot do what the
            context asks for.
        options: the engine's options, a `ModelOptions` class: `--engine "dask[scheduler=...]"`.
        in_this_process: its trials run in digitbench's own process, so that a debugger can reach
            them (`--pdb`).
    """

    name: str
    summary: str
    build: Callable[[Any, EngineContext], Engine]
    options: type[ModelOptions] = NoOptions
    in_this_process: bool = False
