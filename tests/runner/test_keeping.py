"""What a run keeps of its trained classifiers, and what it says where it cannot."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench import hookimpl
from digitbench.kept import kept_models, read_files
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.resume import resumption
from digitbench.runner.run import resume_run, run_plan
from digitbench.store import read_run
from digitbench.types import (
    EngineContext,
    PluginSources,
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


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("keepable")


@pytest.fixture
def run(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> Callable[..., RunRecord]:
    """Return a function that runs models and reads the run back."""

    def run(models: str, keep: str = "first", engine: Any = None, **options: Any) -> RunRecord:
        plan = plan_of(host, models, trials=2).model_copy(update={"keep": keep})
        return read_run(
            run_plan(plan, host, tiny_data, engine or InlineEngine(), tmp_path, **options)
        )

    return run


def kept(record: RunRecord) -> list[tuple[str, int]]:
    return [(found.kept.model.label, found.kept.trial) for found in kept_models(record)]


@pytest.mark.parametrize(
    ("keep", "trials"), [("none", []), ("first", [1]), ("all", [1, 2])], ids=str
)
def test_the_plan_says_which_trials_are_kept(
    run: Callable[..., RunRecord], keep: str, trials: list[int]
) -> None:
    record = run("keepable,no-load", keep)
    assert kept(record) == [("keepable", trial) for trial in trials]
    assert [result.not_kept for result in record.results] == [None] * 4


def test_what_is_kept_says_where_it_is_from(run: Callable[..., RunRecord]) -> None:
    record = run("no-load,keepable[noise=2]")
    (found,) = kept_models(record)
    result = next(r for r in record.results if r.spec.model == "keepable[noise=2.0]")
    assert record.directory is not None
    assert found.directory == record.directory / "models" / "2-keepable-noise-2.0-trial-1"
    assert found.kept.run == record.id
    assert found.kept.model == record.plan.models[1]
    assert found.kept.dataset == record.plan.dataset
    assert found.kept.seed == result.spec.seed
    assert found.kept.accuracy == result.accuracy
    assert found.kept.probabilities
    assert "digitbench" in found.kept.versions
    assert list(read_files(found.directory, found.kept)) == ["means.safetensors"]


def test_worker_processes_pass_the_files_on(
    run: Callable[..., RunRecord], plugin_file: Callable[[str], Path]
) -> None:
    context = EngineContext(jobs=1, plugins=PluginSources((plugin_file("keepable"),)))
    here, there = run("keepable"), run("keepable", engine=ProcessEngine(context))
    (one,), (other,) = kept_models(here), kept_models(there)
    assert one.kept.files == other.kept.files


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raises", "save failed: RuntimeError: no pen"),
        ("refuses", "not today"),
        ("exits", "save failed: SystemExit: 3"),
        ("nothing", "save wrote no file"),
        ("large", "it would take 64 MB, and at most 64 MB are kept"),
        ("many", "there are more than 100 files"),
        ("folder", "'folder' is no plain file"),
        ("link", "'link' is no plain file"),
        ("pipe", "'pipe' is no plain file"),
        ("name", "the file name 'two words' cannot be kept"),
        ("pickle", "state.bin is a pickle"),
    ],
)
def test_what_cannot_be_kept_costs_no_trial(
    run: Callable[..., RunRecord], caplog: pytest.LogCaptureFixture, how: str, reason: str
) -> None:
    with caplog.at_level(logging.WARNING):
        record = run(f"saves-wrong[how={how}]")
    assert [result.status for result in record.results] == ["ok", "ok"]
    assert reason in (record.results[0].not_kept or "")
    assert record.results[1].not_kept is None
    assert kept(record) == []
    (said,) = [entry.getMessage() for entry in caplog.records]
    assert said.startswith(f"saves-wrong[how={how}], trial 1: the model is not kept: ")
    assert reason in said


def test_a_save_that_moves_the_process_is_put_back(run: Callable[..., RunRecord]) -> None:
    before = os.getcwd()  # noqa: PTH109
    assert kept(run("saves-wrong[how=moves]")) == [("saves-wrong[how=moves]", 1)]
    assert os.getcwd() == before  # noqa: PTH109


def test_a_model_with_half_of_the_contract_is_named(
    run: Callable[..., RunRecord], caplog: pytest.LogCaptureFixture
) -> None:
    record = run("no-save")
    assert record.results[0].not_kept == "its model has load, but the classifier no save"
    assert "no-save, trial 1: the model is not kept: " in caplog.text


def test_files_that_cannot_be_written_cost_no_trial(
    run: Callable[..., RunRecord], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("digitbench.kept.storage._write_synced", full)
    record = run("keepable")
    reason = "its files could not be written: No space left on device"
    assert record.results[0].not_kept == reason
    assert f"keepable, trial 1: the model is not kept: {reason}" in caplog.text
    assert record.directory is not None
    assert not list((record.directory / "models").iterdir())


class Forgetful:
    """An engine that passes on what JSON holds, and no files."""

    def run(self, trials: list[TrialSpec], inputs: RunInputs, events: TrialEvents) -> Results:
        for result in InlineEngine().run(trials, inputs, events):
            yield result.model_copy(update={"kept_files": None})


def test_an_engine_that_loses_the_files_is_told(run: Callable[..., RunRecord]) -> None:
    record = run("keepable", engine=Forgetful())
    assert record.results[0].not_kept == "the engine did not pass its files on"


class Listener:
    """Keeps the results it hears of."""

    def __init__(self) -> None:
        self.results: list[TrialResult] = []

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        self.results.append(result)


def test_who_hears_of_a_result_holds_no_files(run: Callable[..., RunRecord]) -> None:
    listener = Listener()
    run("keepable", listeners=[listener])
    assert len(listener.results) == 2
    assert all(result.kept_files is None for result in listener.results)


def test_a_crash_leaves_nothing_that_counts(
    run: Callable[..., RunRecord], host: PluginHost, tiny_data: TrialData
) -> None:
    """A model without its trial's line is none; the next writer clears what was half-written."""
    record = run("keepable")
    path = record.directory
    assert path is not None
    (path / "models" / ".unfinished-0" / "files").mkdir(parents=True)
    lines = (path / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (path / "trials.jsonl").write_bytes(lines[1])
    assert kept(read_run(path)) == []

    resume_run(resumption(path, read_run(path), record.plan), host, tiny_data, InlineEngine())

    assert kept(read_run(path)) == [("keepable", 1)]
    assert [entry.name for entry in (path / "models").iterdir()] == ["1-keepable-trial-1"]


def test_a_resumed_run_keeps_what_is_asked_for_now(
    run: Callable[..., RunRecord], host: PluginHost, tiny_data: TrialData
) -> None:
    record = run("keepable", "none")
    path = record.directory
    assert path is not None
    wider = record.plan.model_copy(update={"trials": 3, "keep": "all"})
    resume_run(resumption(path, record, wider), host, tiny_data, InlineEngine())
    again = read_run(path)
    assert again.plan.keep == "all"
    assert kept(again) == [("keepable", 3)]


def test_a_reused_trial_brings_its_model_along(run: Callable[..., RunRecord]) -> None:
    first = run("keepable", "first")
    second = run("keepable", "all", reuse=True)
    assert [result.reused_from for result in second.results] == [first.id] * 2
    assert kept(second) == [("keepable", 1)]
    assert kept_models(second)[0].kept.files == kept_models(first)[0].kept.files
    assert kept_models(second)[0].kept.run == second.id
    assert second.results[1].not_kept == (
        f"the trial was taken from {first.id}, which did not keep it"
    )


def test_a_damaged_model_is_not_brought_along(run: Callable[..., RunRecord]) -> None:
    first = run("keepable", "first")
    (found,) = kept_models(first)
    (found.directory / "files" / "means.safetensors").write_bytes(b"")
    second = run("keepable", "first", reuse=True)
    assert kept(second) == []
    assert "is not what was kept" in (second.results[0].not_kept or "")


def test_keeping_changes_no_result(run: Callable[..., RunRecord]) -> None:
    without, with_it = run("keepable[noise=1]", "none"), run("keepable[noise=1]", "all")
    for one, other in zip(without.results, with_it.results, strict=True):
        np.testing.assert_array_equal(one.predictions, other.predictions)
        assert one.spec == other.spec
