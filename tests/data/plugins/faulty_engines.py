"""Engines that break their contract, each in its own way, and records that are none."""

from functools import partial

from digitbench import EngineSpec, ModelOptions, hookimpl, run_trial


class Engine:
    def __init__(self, name):
        self.name = name

    def run(self, trials, inputs, events):
        for trial in trials:
            events.started(trial)
            result = run_trial(
                trial, inputs.models[trial.name], inputs.data, partial(events.progressed, trial)
            )
            yield result
            if self.name == "raises":
                raise RuntimeError("no queue")
            if self.name == "exits":
                raise SystemExit(3)
            if self.name == "repeats":
                yield result
            if self.name == "yields-text":
                yield "a result"
            if self.name == "ends-early":
                return


class NoDefault(ModelOptions):
    partition: str


def cannot(options, context):
    raise OSError("no such queue")


@hookimpl
def digitbench_engines():
    for name in ("raises", "exits", "repeats", "yields-text", "ends-early"):
        yield EngineSpec(name, "Faulty", lambda options, context, name=name: Engine(name))
    yield EngineSpec("unmakable", "Faulty", cannot)
    yield EngineSpec("no-default", "Faulty", cannot, options=NoDefault)
    yield EngineSpec("no-build", "Faulty", None)
    yield EngineSpec("Bad Name", "Faulty", cannot)
    yield EngineSpec("no-summary", "", cannot)
    yield EngineSpec("process", "Taken", cannot)
    yield "an engine"
