"""A whole run: the order of hooks, interruption, failing models, and independence."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from digitbench import hookimpl
from digitbench.errors import EngineError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import (
    FitProgress,
    Labels,
    Results,
    RunInputs,
    RunPlan,
    RunRecord,
    TrialData,
    TrialEvents,
    TrialResult,
    TrialSpec,
)

PlanOf = Callable[..., RunPlan]
HostOf = Callable[..., PluginHost]


class Diary:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def digitbench_run_started(self, plan: RunPlan) -> None:
        self.heard.append(f"run of {len(plan.models)}")

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        self.heard.append(f"{trial.model} {trial.trial} starts")

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        self.heard.append(f"{trial.model} {progress.unit} {progress.step}/{progress.total}")

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        self.heard.append(f"{result.spec.model} {result.status}")

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        self.heard.append(f"{record.status} with {len(record.results)}")


def test_hooks_hear_of_each_step_in_order(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    host = host_of("centroid", "faulty_models")
    diary = Diary()
    plan = plan_of(host, "centroid,raises-in-fit", trials=2)
    run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, [diary])
    assert diary.heard == [
        "run of 2",
        "centroid 1 starts",
        "centroid epoch 1/1",
        "centroid ok",
        "raises-in-fit 1 starts",
        "raises-in-fit failed",
        "raises-in-fit 2 starts",
        "raises-in-fit failed",
        "complete with 3",
    ]


def predictions(path: Path, model: str) -> list[Labels | None]:
    return [r.predictions for r in read_run(path).results if r.spec.model == model]


def test_runs_repeat_and_other_models_change_nothing(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    host = host_of("centroid", "faulty_models")
    model = "centroid[noise=3.0]"
    alone, again, among = (
        run_plan(plan_of(host, text), host, tiny_data, InlineEngine(), tmp_path)
        for text in (model, model, f"raises-in-fit,centroid,{model},centroid[noise=1]")
    )
    first = predictions(alone, model)
    np.testing.assert_array_equal(first, predictions(again, model))
    np.testing.assert_array_equal(first, predictions(among, model))
    assert not np.array_equal(first[0], first[1])  # type: ignore[arg-type]


def test_an_interrupt_keeps_what_is_finished(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    class Interrupted(InlineEngine):
        def run(
            self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents
        ) -> Results:
            yield from super().run(trials[:2], inputs, events)
            raise KeyboardInterrupt

    host = host_of("centroid")
    diary = Diary()
    plan = plan_of(host, "centroid[noise=1]", trials=5)
    record = read_run(run_plan(plan, host, tiny_data, Interrupted(), tmp_path, [diary]))
    assert record.status == "interrupted"
    assert [result.spec.trial for result in record.results] == [1, 2]
    assert diary.heard[-1] == "interrupted with 2"


def test_an_engine_that_breaks_down_keeps_what_is_finished(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    class Breaking(InlineEngine):
        def run(
            self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents
        ) -> Results:
            yield from super().run(trials[:1], inputs, events)
            raise EngineError("the cluster is gone")

    host = host_of("centroid")
    diary = Diary()
    plan = plan_of(host, "centroid[noise=1]", trials=3)
    with pytest.raises(
        EngineError, match=r"^the cluster is gone; what had .* is stored in "
    ) as caught:
        run_plan(plan, host, tiny_data, Breaking(), tmp_path, [diary])
    record = read_run(Path(str(caught.value).rpartition(" stored in ")[2]))
    assert record.status == "interrupted"
    assert [result.spec.trial for result in record.results] == [1]
    assert diary.heard[-1] == "interrupted with 1"


def test_a_tracker_that_fails_does_not_spoil_the_run(
    host_of: HostOf,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host = host_of("bad_tracker", "centroid")
    plan = plan_of(host, "centroid[noise=1]", trials=3)
    record = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path))
    assert record.status == "complete"
    assert len(record.results) == 3
    assert caplog.text.count("the tracking server is gone") == 1


def test_the_environment_is_recorded(
    host_of: HostOf,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    host = host_of("centroid")
    path = run_plan(plan_of(host, "centroid"), host, tiny_data, InlineEngine(), tmp_path)
    environment = read_run(path).environment
    assert environment.cpus >= 1
    assert environment.processor
    assert {"digitbench", "numpy", "tensorflow"} <= environment.versions.keys()
    assert environment.variables["OMP_NUM_THREADS"] == "2"
