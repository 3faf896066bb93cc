"""Reusing finished trials: only where all that decides them is the same, and marked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import made_planned_set
from digitbench import hookimpl
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, run_plan
from digitbench.store import extend_run, read_results, read_run
from digitbench.types import (
    PlannedTestSet,
    RunPlan,
    SetResult,
    TestCondition,
    TestSet,
    TrialData,
    TrialResult,
    TrialSpec,
)

PlanOf = Callable[..., RunPlan]


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("replica", "centroid")


@pytest.fixture(scope="module")
def runs(
    host: PluginHost,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make a run of two trials of a seeded row and one of a deterministic one."""
    root = tmp_path_factory.mktemp("runs")
    plan = plan_of(host, "centroid[noise=2],replica", trials=2)
    run_plan(plan, host, tiny_data, InlineEngine(), root)
    return root


class Diary:
    """Keeps which trials were started and which results came."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.came: list[tuple[str, int, bool]] = []

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        self.started.append((trial.model, trial.trial))

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        spec = result.spec
        self.came.append((spec.model, spec.trial, result.reused_from is not None))


def found(runs: Path, plan: RunPlan) -> list[tuple[str, int]]:
    results = reusable_results(runs, plan, environment_of(plan))
    return [(result.spec.model, result.spec.trial) for result in results]


def test_only_what_is_new_is_run(
    runs: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    root = tmp_path / "runs"
    root.mkdir()
    (first,) = runs.iterdir()
    (root / first.name).symlink_to(first)
    diary = Diary()
    plan = plan_of(host, "replica,centroid[noise=2],centroid", trials=3)
    path = run_plan(plan, host, tiny_data, InlineEngine(), root, [diary], reuse=True)
    noisy = "centroid[noise=2.0]"
    assert diary.started == [("centroid", 1), (noisy, 3)]
    assert diary.came == [
        (noisy, 1, True),
        ("replica", 1, True),
        (noisy, 2, True),
        ("centroid", 1, False),
        (noisy, 3, False),
    ]
    fresh = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "fresh")
    reused = {(r.spec.model, r.spec.trial): r for r in read_results(path)}
    assert read_run(path).status == "complete"
    for result in read_results(fresh):
        twin = reused[result.spec.model, result.spec.trial]
        assert twin.spec == result.spec
        np.testing.assert_array_equal(twin.predictions, result.predictions)
        np.testing.assert_array_equal(twin.probabilities, result.probabilities)
    assert {r.reused_from for r in reused.values()} == {first.name, None}


def test_a_reused_trial_tells_of_the_run_it_was_run_in(
    runs: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    (first,) = runs.iterdir()
    plan = plan_of(host, "replica")
    one = run_plan(plan, host, tiny_data, InlineEngine(), runs, reuse=True)
    two = run_plan(plan, host, tiny_data, InlineEngine(), runs, reuse=True)
    assert [r.reused_from for p in (one, two) for r in read_run(p).results] == [first.name] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"base_seed": 1},
        {"threads": 2},
        {"fingerprint": "1" * 64},
        {"validation_size": 0},
        {"version": "9"},
        {"source_hash": "0" * 64},
        {"source_hash": None},
        {"plugin": "another.py"},
    ],
    ids=str,
)
def test_whatever_differs_forbids_it(
    runs: Path, host: PluginHost, plan_of: PlanOf, change: dict[str, Any]
) -> None:
    plan = plan_of(host, "centroid[noise=2]")
    assert len(found(runs, plan)) == 2
    (name,) = change
    if name in RunPlan.model_fields:
        changed = plan.model_copy(update=change)
    elif name in type(plan.dataset).model_fields:
        data = plan.dataset.model_copy(update=change)
        changed = plan.model_copy(update={"dataset": data})
    else:
        models = tuple(model.model_copy(update=change) for model in plan.models)
        changed = plan.model_copy(update={"models": models})
    assert found(runs, changed) == []


def test_another_machine_or_version_forbids_it(
    runs: Path, host: PluginHost, plan_of: PlanOf
) -> None:
    plan = plan_of(host, "replica")
    environment = environment_of(plan)
    for change in ({"processor": "another"}, {"versions": {"numpy": "0"}}):
        other = environment.model_copy(update=change)
        assert list(reusable_results(runs, plan, other)) == []


def test_failed_trials_and_damaged_runs_are_passed_over(
    host_of: Callable[..., PluginHost],
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = host_of("faulty_models", "centroid")
    plan = plan_of(host, "raises-in-fit,centroid", trials=1)
    run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)
    assert found(tmp_path, plan) == [("centroid", 1)]
    (path,) = tmp_path.iterdir()
    (path / "predictions.bin").write_bytes(b"")
    assert found(tmp_path, plan) == []
    assert "the run is passed over" in caplog.text


def test_only_trials_on_the_same_test_sets_are_taken(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    test = tiny_data.test
    sets = {
        label: TestSet((TestCondition(test.labels[:count], 255 - test.images[:count]),), "made")
        for label, count in (("few", 5), ("some", 9))
    }
    planned = {label: made_planned_set(label, one) for label, one in sets.items()}
    plan = plan_of(host, "replica[noise=1]")
    both = plan.model_copy(update={"test_sets": tuple(planned.values())})
    run_plan(both, host, replace(tiny_data, test_sets=sets), InlineEngine(), tmp_path)

    def taken(*wanted: PlannedTestSet) -> list[TrialResult]:
        now = plan.model_copy(update={"test_sets": wanted})
        return list(reusable_results(tmp_path, now, environment_of(now)))

    lost = PlannedTestSet(label="lost", name="lost", error="no network")
    called = planned["some"].model_copy(update={"label": "called otherwise"})
    for result in taken(called, lost):
        (found,) = result.set_results
        assert found.test_set == "called otherwise"
        assert found.seconds is None
        assert found.predictions is not None
        assert len(found.predictions) == 9
    assert len(taken(called, lost)) == 2
    assert [result.set_results for result in taken()] == [(), ()]
    assert taken(planned["some"].model_copy(update={"fingerprint": "another"})) == []
    assert len(taken(*planned.values())) == 2


def test_a_trial_that_failed_on_a_test_set_is_run_again(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    test = tiny_data.test
    few = TestSet((TestCondition(test.labels[:5], test.images[:5]),), "made")
    plan = plan_of(host, "replica[noise=1]")
    plan = plan.model_copy(update={"test_sets": (made_planned_set("few", few),)})
    data = replace(tiny_data, test_sets={"few": few})
    path = run_plan(plan, host, data, InlineEngine(), tmp_path)
    record = read_run(path)
    bare = tuple(result.model_copy(update={"set_results": ()}) for result in record.results)
    writer = extend_run(path, record.model_copy(update={"results": bare}), {})
    writer.add_set_results(bare[0].spec, [SetResult(test_set="few", error="ValueError: too few")])
    writer.add_set_results(bare[1].spec, record.results[1].set_results)
    assert found(tmp_path, plan) == [("replica[noise=1.0]", 2)]
