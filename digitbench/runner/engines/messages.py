"""The messages between the runner and a worker process, as pickles on two pipes of their own.

The runner says `Setup` once and then a `TrialSpec` at a time; the end of its pipe ends the
worker. The worker says `Ready`, and for each trial any number of `Entered`, `Progress` and
`Measured` and one `Finished`; or it says `Refused` and ends.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.engines.shared_data import SharedData
from digitbench.types import FitProgress, PluginSources, SetResult, TrialPhase, TrialResult


@dataclass(frozen=True)
class Setup:
    """What a worker needs before its first trial.

    Attributes:
        search_path: where the runner finds modules (`sys.path`).
        scratch: the directory for its temporary files.
        plugins: where to find the models, besides the installed plugins.
        data: the images, or how to find them.
    """

    search_path: tuple[str, ...]
    scratch: Path
    plugins: PluginSources
    data: SharedData | Recipe


@dataclass(frozen=True)
class Ready:
    """The worker has its plugins and images."""


@dataclass(frozen=True)
class Refused:
    """The worker cannot have what the run's trials need.

    Attributes:
        reason: why, in one line.
    """

    reason: str


@dataclass(frozen=True)
class Entered:
    """A phase of the trial begins."""

    phase: TrialPhase


@dataclass(frozen=True)
class Progress:
    """How far the trial's fit has come."""

    progress: FitProgress


@dataclass(frozen=True)
class Measured:
    """Something of the trial is done and worth keeping, should the worker die over the rest.

    Attributes:
        part: its result, before further test sets; or then what came of one of these.
    """

    part: TrialResult | SetResult


@dataclass(frozen=True)
class Finished:
    """The trial has ended.

    Attributes:
        result: what came of it.
        left_processes: names of the processes it started and left running.
    """

    result: TrialResult
    left_processes: tuple[str, ...] = ()


Message = Ready | Refused | Entered | Progress | Measured | Finished


def send(stream: IO[bytes], message: object) -> None:
    """Write a message; `OSError` if nobody reads any more."""
    stream.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message.

    Raises:
        EOFError: the other side has closed the pipe, perhaps amid a message.
    """
    try:
        return pickle.load(stream)  # noqa: S301 - from a process of ours, over a private pipe
    except (pickle.UnpicklingError, OSError, ValueError) as error:
        raise EOFError from error
