"""Where trials run. Every engine has the same interface; so far there is the in-process one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from digitbench.runner.trial import TrialData
from digitbench.types import FitProgress, ModelSpec, TrialResult, TrialSpec


@dataclass(frozen=True)
class Workbench:
    """What an engine needs besides the trials: the models by name, and the images."""

    models: Mapping[str, ModelSpec]
    data: TrialData


class TrialEvents(Protocol):
    """What an engine tells while trials run."""

    def started(self, trial: TrialSpec) -> None:
        """Tell that a trial is about to be built."""

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Tell how far a trial's fit has come."""


class Engine(Protocol):
    """Runs trials somewhere and hands their results back as they finish."""

    name: str

    def run(
        self, trials: Sequence[TrialSpec], bench: Workbench, events: TrialEvents
    ) -> Iterator[TrialResult]:
        """Yield one result per trial, failed ones included, in the order they finish."""
