"""Runs forty fast trials, or completes a run of them, and tells of each on stdout.

Arguments: where runs are kept, the plugin file of `centroid`, the engine's name.
"""

import sys
from pathlib import Path

import numpy as np

from digitbench import hookimpl
from digitbench.plugins import load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.resume import differences, resumption
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.store import read_run, run_paths
from digitbench.types import DatasetInfo, EngineContext, PluginSources, RunPlan, Split, TrialData


class Teller:
    @hookimpl
    def digitbench_trial_finished(self, result):
        print(result.spec.model, result.spec.trial, flush=True)


def split(count, random):
    images = random.integers(0, 255, (count, 28, 28), np.uint8)
    return Split(images, np.arange(count, dtype=np.uint8) % 10)


def main(root, plugin, engine_name):
    random = np.random.default_rng(0)
    data = TrialData(*(split(count, random) for count in (60, 20, 40)))
    host = load_plugins(files=[plugin], installed=[])
    plan = RunPlan(
        models=resolve_models(parse_models("centroid[noise=1],centroid[noise=2]"), host),
        dataset=DatasetInfo(
            name="tiny",
            source="made for tests",
            fingerprint="0" * 64,
            canonical=None,
            train_size=60,
            validation_size=20,
            test_size=40,
        ),
        trials=20,
        base_seed=0,
        threads=1,
        engine=engine_name,
    )
    engine = make_engine(engine_name, host, EngineContext(plugins=PluginSources((plugin,))))
    print("begin", flush=True)
    if paths := run_paths(root):
        stored = read_run(paths[0])
        assert not differences(stored, plan, environment_of(plan))
        resume_run(resumption(paths[0], stored, plan), host, data, engine, [Teller()])
    else:
        run_plan(plan, host, data, engine, root, [Teller()])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
