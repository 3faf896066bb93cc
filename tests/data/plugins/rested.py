from functools import partial
from time import sleep

from pydantic import Field

from digitbench import EngineSpec, ModelOptions, UsageError, hookimpl, run_trial


class RestedOptions(ModelOptions):
    seconds: float = Field(10.0, ge=0, description="pause before each trial but the first")


class RestedEngine:
    def __init__(self, seconds):
        self.seconds = seconds

    def run(self, trials, inputs, events):
        for number, trial in enumerate(trials):
            sleep(self.seconds if number else 0)
            events.started(trial)
            model, report = inputs.models[trial.name], partial(events.progressed, trial)
            yield run_trial(trial, model, inputs.data, report)


def build(options, context):
    if context.jobs > 1 or context.timeout_seconds is not None:
        raise UsageError("the engine rested takes neither --jobs nor --timeout")
    return RestedEngine(options.seconds)


@hookimpl
def digitbench_engines():
    return [EngineSpec("rested", "This process, with pauses", build, options=RestedOptions)]
