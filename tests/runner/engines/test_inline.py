"""The in-process engine: order, events, and no work before it is asked for."""

import gc
from collections.abc import Callable
from typing import Any

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.types import RunInputs, RunPlan


def test_trials_run_one_by_one_as_their_results_are_taken(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    inputs: RunInputs,
    events: Any,
) -> None:
    host = host_of("centroid")
    trials = plan_of(host, "centroid[noise=1]", trials=2).trial_specs()
    results = InlineEngine().run(trials, inputs, events)
    assert events.started_trials == []
    assert next(results).spec == trials[0]
    assert (events.started_trials, events.steps) == (["centroid[noise=1.0]"], [1])
    assert events.phases == ["fit", "predict", "latency"]
    assert next(results).spec == trials[1]
    assert next(results, None) is None


def test_what_was_there_before_is_frozen_for_the_collector_only_while_trials_run(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    inputs: RunInputs,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
    quick_collections: Callable[[], None],
) -> None:
    monkeypatch.setattr(gc, "unfreeze", quick_collections)
    host = host_of("centroid")
    trials = plan_of(host, "centroid[noise=1]", trials=3).trial_specs()
    before = gc.get_freeze_count()
    results = InlineEngine().run(trials, inputs, events)
    next(results)
    assert gc.get_freeze_count() > before
    results.close()
    assert gc.get_freeze_count() == 0
    gc.freeze()  # for the tests that follow
