"""Reusing finished trials: only where all that decides them is the same, and marked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench import hookimpl
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, run_plan
from digitbench.store import read_results, read_run
from digitbench.types import RunPlan, TrialData, TrialResult, TrialSpec

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
