"""What the tests of the engines share: trials by the names of models, and a record of events."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from digitbench.types import FitProgress, TrialSpec


@dataclass
class Events:
    """Keeps what an engine tells."""

    started_trials: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)

    def started(self, trial: TrialSpec) -> None:
        self.started_trials.append(trial.model)

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        self.steps.append(progress.step)

    def printed(self, trial: TrialSpec, line: str) -> None:
        self.lines.append(line)

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        self.restarts.append(reason)


@pytest.fixture
def events() -> Events:
    """Return something that keeps what an engine tells."""
    return Events()


@pytest.fixture(scope="session")
def trials_of() -> Callable[..., list[TrialSpec]]:
    """Return a function that makes one trial of each model named."""

    def trials(*models: str, threads: int = 1) -> list[TrialSpec]:
        return [
            TrialSpec(
                model=model, name=model, options={}, trial=number, seed=number, threads=threads
            )
            for number, model in enumerate(models, 1)
        ]

    return trials
