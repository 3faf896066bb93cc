"""Runs trials one after the other in this process."""

from collections.abc import Iterator, Sequence
from functools import partial

from digitbench.runner.engines import TrialEvents, Workbench
from digitbench.runner.trial import run_trial
from digitbench.types import TrialResult, TrialSpec


class InlineEngine:
    """The engine `inline`: no second process, so a crash of the interpreter ends the run."""

    name = "inline"

    def run(
        self, trials: Sequence[TrialSpec], bench: Workbench, events: TrialEvents
    ) -> Iterator[TrialResult]:
        """Yield the result of each trial in the order given."""
        for trial in trials:
            events.started(trial)
            report = partial(events.progressed, trial)
            yield run_trial(trial, bench.models[trial.name], bench.data, report)
