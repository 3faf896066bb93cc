"""What `docs/hooks.md` promises of the hooks of a run and of exporters, sentence by sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench import hookimpl, read_results
from digitbench.exporting import export_run
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.resume import find_resumable
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.store import read_run
from digitbench.types import ExporterSpec, RunPlan, RunRecord, TrialData, TrialResult

PlanOf = Callable[..., RunPlan]
MODELS = "centroid[noise=0.5],raises-in-fit"
PROBABILITIES = (40, 10)


class Notes:
    """A plugin that notes each call; it holds what no comparison or hash of plugins can take."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.on_disk: list[int] = []
        self.runs_dir: Path | None = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise RuntimeError("asked whether it is true")

    @property
    def digitbench_looks_like_a_hook(self) -> None:
        raise RuntimeError("computed")

    @hookimpl
    def digitbench_run_started(self, record: RunRecord) -> None:
        self.calls.append(("run_started", record))

    @hookimpl
    def digitbench_trial_started(self, trial: Any) -> None:
        self.calls.append(("trial_started", trial))

    @hookimpl
    def digitbench_trial_phase(self, trial: Any) -> None:
        self.calls.append(("trial_phase", trial))

    @hookimpl
    def digitbench_trial_progress(self, trial: Any) -> None:
        self.calls.append(("trial_progress", trial))

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        self.calls.append(("trial_finished", result))
        assert self.runs_dir is not None
        (path,) = self.runs_dir.iterdir()
        self.on_disk.append(len(read_run(path).results))

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        self.calls.append(("run_finished", record))

    def of(self, name: str) -> list[Any]:
        return [argument for call, argument in self.calls if call == name]


class Stops:
    """Interrupts the run after its first trial."""

    @hookimpl
    def digitbench_trial_finished(self) -> None:
        raise KeyboardInterrupt


@pytest.fixture
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "faulty_models", "one_metric")


@pytest.fixture
def notes(host: PluginHost, tmp_path: Path) -> Notes:
    made = Notes()
    made.runs_dir = tmp_path / "runs"
    host.add(PluginInfo("notes"), lambda: made)
    host.add(PluginInfo("after"), Stops)
    assert host.failures == []  # of the objects, pluggy compared none
    return made


@pytest.fixture
def path(
    host: PluginHost, notes: Notes, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> Path:
    """Make a run that is interrupted after one trial, and complete it."""
    plan = plan_of(host, MODELS, trials=2)
    made = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "runs", name="kept")
    assert notes.of("run_finished")[0].status == "interrupted"
    for plugin in [p for p, info in host._infos.items() if info.name == "after"]:
        host._manager.unregister(plugin)
        del host._infos[plugin]
    found = find_resumable(tmp_path / "runs", "kept", plan, environment_of(plan))
    assert found is not None
    resume_run(found, host, tiny_data, InlineEngine())
    return made


def test_the_hooks_come_in_the_order_of_the_page(path: Path, notes: Notes) -> None:
    names = [name for name, _ in notes.calls]
    first = names.index("run_finished")
    assert names[0] == names[first + 1] == "run_started"
    assert names[-1] == "run_finished"
    assert names.count("run_started") == names.count("run_finished") == 2
    under_way = None
    for name, argument in notes.calls:
        if name == "trial_started":
            assert under_way is None
            under_way = argument
        elif name in {"trial_phase", "trial_progress"}:
            assert argument == under_way
        elif name == "trial_finished":
            assert argument.spec == under_way
            under_way = None
    assert notes.of("trial_progress")
    assert notes.of("trial_phase")


def test_a_trial_that_is_finished_is_on_disk(path: Path, notes: Notes) -> None:
    assert notes.on_disk == [1, 2, 3, 4]
    assert [result.status for result in notes.of("trial_finished")].count("failed") == 2


def test_a_finished_trial_has_its_arrays(path: Path, notes: Notes) -> None:
    for result in notes.of("trial_finished"):
        if result.status == "ok":
            assert result.predictions.shape == (40,)
            assert result.probabilities.shape == PROBABILITIES
        else:
            assert result.predictions is result.probabilities is None


def test_the_record_at_the_start_is_the_run_as_it_stands(path: Path, notes: Notes) -> None:
    first, second = notes.of("run_started")
    assert first.id == second.id == path.name
    assert first.directory == second.directory == path.absolute()
    assert first.environment.python
    assert first.results == ()
    assert len(second.results) == 1


def test_the_record_at_the_end_has_predictions_and_the_way_to_the_rest(
    path: Path, notes: Notes, tiny_data: TrialData
) -> None:
    early, record = notes.of("run_finished")
    assert (early.status, len(early.results)) == ("interrupted", 1)
    assert (record.status, len(record.results)) == ("complete", 4)
    for result in record.results:
        if result.status == "ok":
            accuracy = np.mean(result.predictions == tiny_data.test.labels)
            assert accuracy == result.accuracy
            assert not result.predictions.flags.writeable
    shapes = [
        None if result.probabilities is None else result.probabilities.shape
        for result in read_results(record.directory)
    ]
    assert sorted(shapes, key=str) == [PROBABILITIES, PROBABILITIES, None, None]


def test_at_the_end_each_result_has_the_metrics_of_plugins(path: Path, notes: Notes) -> None:
    early, record = notes.of("run_finished")
    for result in (*early.results, *record.results):
        if result.status == "ok":
            zeros = record.test_labels == 0
            assert result.metrics == {"zeros_missed": float((result.predictions[zeros] != 0).sum())}
        else:
            assert result.metrics == {}
    assert any(result.metrics for result in early.results + record.results)
    assert not any(result.metrics for result in notes.of("trial_finished"))
    assert "zeros_missed" not in record.model_dump_json()
    assert "zeros_missed" not in (path / "trials.jsonl").read_text(encoding="utf-8")


def test_metrics_that_cannot_be_computed_do_not_spoil_the_end_of_a_run(
    host: PluginHost,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Damages:
        @hookimpl
        def digitbench_trial_finished(self) -> None:
            (file,) = tmp_path.glob("*/probabilities.bin")
            file.write_bytes(b"")

    plan = plan_of(host, "centroid", trials=1)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, [Damages()])
    assert read_run(path).status == "complete"
    (said,) = caplog.messages
    assert "probabilities.bin" in said


def test_so_it_has_for_an_exporter(path: Path) -> None:
    got: list[RunRecord] = []

    def export(record: RunRecord, destination: str | None) -> str:
        got.append(record)
        return f"to {destination}\nand on"

    assert export_run(ExporterSpec("x", "X", export), read_run(path), "there") == "to there and on"
    (record,) = got
    assert record.directory == path.absolute()
    assert [result.predictions is None for result in record.results].count(True) == 2
    assert "directory" not in record.model_dump_json()
