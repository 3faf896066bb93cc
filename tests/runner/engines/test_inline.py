"""The in-process engine: order, events, and no work before it is asked for."""

from collections.abc import Callable

from digitbench.plugins import PluginHost
from digitbench.runner.engines import Workbench
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.trial import TrialData
from digitbench.types import FitProgress, RunPlan, TrialSpec


class Events:
    def __init__(self) -> None:
        self.seen: list[tuple[str, int, object]] = []

    def started(self, trial: TrialSpec) -> None:
        self.seen.append(("started", trial.trial, None))

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        self.seen.append(("progressed", trial.trial, progress.step))


def test_trials_run_one_by_one_as_their_results_are_taken(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan], tiny_data: TrialData
) -> None:
    host = host_of("centroid")
    trials = plan_of(host, "centroid[noise=1]", trials=2).trial_specs()
    bench = Workbench({name: offer.spec for name, offer in host.models.items()}, tiny_data)
    events = Events()
    results = InlineEngine().run(trials, bench, events)
    assert events.seen == []
    assert next(results).spec == trials[0]
    assert events.seen == [("started", 1, None), ("progressed", 1, 1)]
    assert next(results).spec == trials[1]
    assert next(results, None) is None
