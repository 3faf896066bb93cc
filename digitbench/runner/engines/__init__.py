"""Where trials run. Every engine has the same interface and is chosen by name."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from digitbench.runner.trial import TrialData
from digitbench.types import FitProgress, ModelSpec, RunPlan, TrialResult, TrialSpec

Results = Generator[TrialResult, None, None]
"""Results as they come; closed if no more are wanted."""


@dataclass(frozen=True)
class Workbench:
    """What an engine needs besides the trials.

    Attributes:
        models: by name.
        data: the images.
        plan: what the trials are of, for engines that find models and images on other machines.
    """

    models: Mapping[str, ModelSpec]
    data: TrialData
    plan: RunPlan | None = None


class TrialEvents(Protocol):
    """What an engine tells while trials run, always from the thread that runs the engine."""

    def started(self, trial: TrialSpec) -> None:
        """Tell that a trial is about to be built."""

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Tell how far a trial's fit has come."""

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Pass on a line that a trial in another process wrote to its stdout or stderr."""

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Tell that a trial was lost through no fault of its own and begins anew."""


class Engine(Protocol):
    """Runs trials somewhere and hands their results back as they finish.

    Attributes:
        name: what `--engine` calls it.
    """

    name: str

    def run(self, trials: Sequence[TrialSpec], bench: Workbench, events: TrialEvents) -> Results:
        """Yield one result per trial, failed ones included, in the order they finish.

        Closing it, or an interrupt in it, ends the trials under way and leaves no process
        behind; after an interrupt, what had finished is still yielded.

        Raises:
            EngineError: the engine itself broke down; the results so far stand.
        """
