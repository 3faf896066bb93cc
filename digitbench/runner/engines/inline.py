"""Runs trials one after the other in this process."""

import gc
from collections.abc import Callable, Sequence
from functools import partial

from digitbench.runner.trial import run_trial
from digitbench.types import Results, RunInputs, TrialEvents, TrialSpec


class InlineEngine:
    """The engine `inline`: no second process, so a crash of the interpreter ends the run."""

    def __init__(self, examine: Callable[[BaseException], None] | None = None) -> None:
        """Make the engine.

        Args:
            examine: gets the error of a trial that fails, such as a debugger.
        """
        self._examine = examine

    def run(self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents) -> Results:
        """Yield the result of each trial in the order given."""
        gc.collect()
        gc.freeze()  # the full collection before every trial then skips what is there by now
        try:
            for trial in trials:
                events.started(trial)
                report = partial(events.progressed, trial)
                entered = partial(events.entered, trial)
                model = inputs.models[trial.name]
                yield run_trial(trial, model, inputs.data, report, self._examine, entered=entered)
        finally:
            gc.unfreeze()
