"""Resuming: what is kept, what is run again, and what keeps a run from being taken up."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import made_planned_set
from digitbench import hookimpl
from digitbench.errors import StoreError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.lock import sole_writer
from digitbench.runner.resume import (
    Resumption,
    differences,
    find_resumable,
    found_sets,
    results_of,
    resumption,
    timing_differences,
)
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.store import extend_run, read_run
from digitbench.types import (
    PlannedTestSet,
    RunPlan,
    RunRecord,
    SetResult,
    TestCondition,
    TestSet,
    TrialData,
    TrialResult,
    TrialSpec,
)

PlanOf = Callable[..., RunPlan]

NAME = "work"
MODELS = "replica[noise=0.3],replica,replica[noise=2]"


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("replica")


@pytest.fixture(scope="module")
def whole_run(
    host: PluginHost,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make a run of seven trials that nothing disturbed."""
    plan = plan_of(host, MODELS, trials=3)
    runs = tmp_path_factory.mktemp("runs")
    return run_plan(plan, host, tiny_data, InlineEngine(), runs, name=NAME)


@pytest.fixture
def run_path(whole_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run that a test may cut off."""
    return Path(shutil.copytree(whole_run, tmp_path / "runs" / whole_run.name))


def cut(path: Path, kept_bytes: int) -> None:
    """Leave a run as a kill would that came after so many bytes of its trials."""
    trials = path / "trials.jsonl"
    trials.write_bytes(trials.read_bytes()[:kept_bytes])
    manifest = path / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace('"complete"', '"running"')
    manifest.write_text(text, encoding="utf-8")


def find(path: Path, plan: RunPlan) -> Resumption:
    found = find_resumable(path.parent, NAME, plan, environment_of(plan))
    assert found is not None
    return found


def same_outcome(one: RunRecord, other: RunRecord) -> None:
    assert one.plan == other.plan
    assert one.status == other.status == "complete"
    results = {(r.spec.model, r.spec.trial): r for r in other.results}
    assert len(one.results) == len(results)
    for result in one.results:
        twin = results[result.spec.model, result.spec.trial]
        assert result.spec == twin.spec
        np.testing.assert_array_equal(result.predictions, twin.predictions)


class Stopper:
    """Stands for a Ctrl-C after some trials."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.started: list[tuple[str, int]] = []

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.started.append((trial.model, trial.trial))


def test_wherever_it_was_cut_the_end_is_that_of_an_undisturbed_run(
    whole_run: Path, host: PluginHost, tiny_data: TrialData, tmp_path: Path
) -> None:
    undisturbed = read_run(whole_run)
    size = (whole_run / "trials.jsonl").stat().st_size
    for number, kept_bytes in enumerate(range(0, size + 1, size // 9)):
        path = Path(shutil.copytree(whole_run, tmp_path / str(number) / whole_run.name))
        cut(path, kept_bytes)
        there = len(read_run(path).results)
        found = find(path, undisturbed.plan)
        assert len(found.done) == there
        assert len(found.missing) == 7 - there
        assert found.cut_off
        assert resume_run(found, host, tiny_data, InlineEngine()) == path
        same_outcome(read_run(path), undisturbed)
        assert len(list(path.parent.iterdir())) == 1


def test_finished_trials_are_not_run_again(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    first, second = Stopper(4), Stopper(100)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, [first], name=NAME)
    stopped = read_run(path)
    assert stopped.status == "interrupted"
    found = find(path, plan)
    assert not found.cut_off
    resume_run(found, host, tiny_data, InlineEngine(), [second])
    assert [*first.started, *second.started] == [(s.model, s.trial) for s in plan.trial_specs()]
    finished = read_run(path)
    assert finished.status == "complete"
    assert [r.model_dump() for r in finished.results[:4]] == [
        r.model_dump() for r in stopped.results
    ]
    assert finished.started_at == stopped.started_at


def test_interrupted_again_it_still_keeps_everything(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, [Stopper(2)], name=NAME)
    resume_run(find(path, plan), host, tiny_data, InlineEngine(), [Stopper(0)])
    assert len(read_run(path).results) == 2
    resume_run(find(path, plan), host, tiny_data, InlineEngine(), [Stopper(3)])
    record = read_run(path)
    assert (len(record.results), record.status) == (5, "interrupted")


def test_failed_trials_are_run_again(
    host: PluginHost,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken").touch()
    plan = plan_of(host, "replica[noise=0.3],replica[noise=1,fault=broken]", trials=2)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "runs", name=NAME)
    assert len(read_run(path).failed) == 2
    Path("broken").unlink()
    found = find(path, plan)
    assert [spec.model for spec in found.missing] == [plan.models[1].label] * 2
    resume_run(found, host, tiny_data, InlineEngine())
    record = read_run(path)
    assert record.status == "complete"
    assert record.failed == ()
    assert len(record.results) == 4


def test_more_models_and_more_trials_are_added(
    run_path: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    wanted = plan_of(host, f"{MODELS},replica[noise=4]", trials=4)
    found = find(run_path, wanted)
    assert len(found.done) == 7
    assert len(found.missing) == 6
    resume_run(found, host, tiny_data, InlineEngine())
    fresh = run_plan(wanted, host, tiny_data, InlineEngine(), tmp_path / "fresh")
    same_outcome(read_run(run_path), read_run(fresh))


def test_less_may_be_wanted_and_the_rest_stays(
    run_path: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData
) -> None:
    wanted = plan_of(host, "replica,replica[noise=0.3]", trials=2)
    found = find(run_path, wanted)
    assert found.missing == ()
    assert len(found.done) == 3
    assert len(results_of(read_run(run_path), wanted)) == 3
    resume_run(found, host, tiny_data, InlineEngine())
    record = read_run(run_path)
    assert (record.status, len(record.results)) == ("complete", 7)


def test_a_wider_run_that_is_not_finished_stays_so(
    run_path: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData
) -> None:
    cut(run_path, 0)
    resume_run(find(run_path, plan_of(host, "replica", trials=1)), host, tiny_data, InlineEngine())
    record = read_run(run_path)
    assert (record.status, len(record.results)) == ("interrupted", 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base_seed": 1}, "seed was 0 and is now 1"),
        ({"threads": 2}, "number of threads was 1 and is now 2"),
    ],
)
def test_a_change_of_the_plan_is_named(
    run_path: Path, host: PluginHost, plan_of: PlanOf, change: dict[str, Any], said: str
) -> None:
    wanted = plan_of(host, MODELS, trials=3).model_copy(update=change)
    assert differences(read_run(run_path), wanted, environment_of(wanted)) == (said,)


def test_what_changes_only_times_is_told_apart(run_path: Path) -> None:
    stored = read_run(run_path)
    wanted = stored.plan.model_copy(update={"engine": "process", "jobs": 2})
    assert differences(stored, wanted, environment_of(wanted)) == ()
    assert timing_differences(stored.plan, stored.plan) == ()
    assert timing_differences(stored.plan, wanted) == (
        "number of jobs was 1 and is now 2",
        "engine was inline and is now process",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "digits"}, "data set was tiny and is now digits"),
        ({"fingerprint": "f"}, f"its fingerprint was {'0' * 64} and is now f"),
        ({"validation_size": 1}, "number of validation images was 20 and is now 1"),
    ],
)
def test_a_change_of_the_data_is_named(
    run_path: Path, host: PluginHost, plan_of: PlanOf, change: dict[str, Any], said: str
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    wanted = plan.model_copy(update={"dataset": plan.dataset.model_copy(update=change)})
    assert differences(read_run(run_path), wanted, environment_of(wanted)) == (said,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"options": {"noise": 0.3}}, "option fault of replica[noise=0.3] was  and is now absent"),
        ({"plugin": "other"}, "plugin of replica[noise=0.3] was "),
    ],
)
def test_a_change_of_a_model_is_named(
    run_path: Path, host: PluginHost, plan_of: PlanOf, change: dict[str, Any], said: str
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    first = plan.models[0].model_copy(update=change)
    wanted = plan.model_copy(update={"models": (first, *plan.models[1:])})
    found = differences(read_run(run_path), wanted, environment_of(wanted))
    assert found[0].startswith(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"python": "3.0"}, "Python was 3.0 and is now "),
        ({"processor": "abacus"}, "processor was abacus and is now "),
        ({"versions": {"digitbench": "0"}}, "version of digitbench was 0 and is now "),
        ({"variables": {"OMP_NUM_THREADS": "77"}}, "OMP_NUM_THREADS was 77 and is now "),
    ],
)
def test_a_change_of_the_machine_is_named(
    run_path: Path, host: PluginHost, plan_of: PlanOf, change: dict[str, Any], said: str
) -> None:
    wanted = plan_of(host, MODELS, trials=3)
    stored = read_run(run_path)
    environment = stored.environment.model_copy(update=change)
    found = differences(
        stored.model_copy(update={"environment": environment}), wanted, environment_of(wanted)
    )
    assert any(phrase.startswith(said) for phrase in found)


def test_a_plugin_that_only_one_plan_uses_is_no_difference(
    run_path: Path, host: PluginHost, plan_of: PlanOf
) -> None:
    wanted = plan_of(host, MODELS, trials=3)
    stranger = wanted.models[0].model_copy(
        update={"label": "other", "distribution": "stranger", "version": "1"}
    )
    wanted = wanted.model_copy(update={"models": (*wanted.models, stranger)})
    environment = environment_of(wanted)
    versions = environment.versions | {"stranger": "1"}
    environment = environment.model_copy(update={"versions": versions})
    assert differences(read_run(run_path), wanted, environment) == ()


def test_the_newest_run_that_will_do_is_found(
    run_path: Path, host: PluginHost, plan_of: PlanOf, caplog: pytest.LogCaptureFixture
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    newer = run_path.with_name(f"99990101T000000Z-{NAME}")
    shutil.copytree(run_path, newer)
    assert find(run_path, plan).path == newer
    text = (
        (newer / "manifest.json").read_text().replace('"fingerprint": "000', '"fingerprint": "555')
    )
    (newer / "manifest.json").write_text(text)
    assert find(run_path, plan).path == run_path
    assert caplog.text == ""
    other = plan.model_copy(update={"threads": 9})
    assert find_resumable(run_path.parent, NAME, other, environment_of(other)) is None
    assert f"{newer} is left as it is and a new run is made: its fingerprint was" in caplog.text
    assert find_resumable(run_path.parent, "nothing", plan, environment_of(plan)) is None


def test_a_damaged_run_is_passed_over(
    run_path: Path, host: PluginHost, plan_of: PlanOf, caplog: pytest.LogCaptureFixture
) -> None:
    (run_path / "test_labels.npy").write_bytes(b"")
    plan = plan_of(host, MODELS, trials=3)
    assert find_resumable(run_path.parent, NAME, plan, environment_of(plan)) is None
    assert "is missing or damaged; the run is passed over" in caplog.text


def test_two_cannot_go_on_with_one_run(
    run_path: Path, host: PluginHost, plan_of: PlanOf, tiny_data: TrialData
) -> None:
    plan = plan_of(host, MODELS, trials=4)
    one, other = find(run_path, plan), find(run_path, plan)
    with (
        sole_writer(run_path),
        pytest.raises(StoreError, match="another process is writing the run"),
    ):
        resume_run(one, host, tiny_data, InlineEngine())
    resume_run(one, host, tiny_data, InlineEngine())
    with pytest.raises(StoreError, match="another process has written to"):
        resume_run(other, host, tiny_data, InlineEngine())
    assert len(read_run(run_path).results) == 9


@pytest.fixture
def with_set(tiny_data: TrialData) -> TrialData:
    """Return data with a further test set."""
    test = tiny_data.test
    few = TestSet((TestCondition(test.labels[:9], 255 - test.images[:9]),), "inverted")
    return replace(tiny_data, test_sets={"inverted": few})


def planned_sets(data: TrialData) -> tuple[PlannedTestSet, ...]:
    return tuple(made_planned_set(label, one) for label, one in data.test_sets.items())


LOST = PlannedTestSet(label="inverted", name="inverted", error="no network")


def errors_of_sets(path: Path) -> list[list[str | None]]:
    """Return what went wrong with each trial's test sets."""
    return [[one.error for one in result.set_results] for result in read_run(path).results]


def test_a_run_goes_on_with_its_test_sets(
    host: PluginHost, plan_of: PlanOf, with_set: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host, MODELS, trials=2)
    plan = plan.model_copy(update={"test_sets": planned_sets(with_set)})
    path = run_plan(plan, host, with_set, InlineEngine(), tmp_path, [Stopper(3)], name=NAME)
    resume_run(find(path, plan), host, with_set, InlineEngine())
    undisturbed = run_plan(plan, host, with_set, InlineEngine(), tmp_path / "undisturbed")
    one, other = read_run(path), read_run(undisturbed)
    same_outcome(one, other)
    for result, twin in zip(one.results, other.results, strict=True):
        (found,), (expected,) = result.set_results, twin.set_results
        np.testing.assert_array_equal(found.predictions, expected.predictions)
    np.testing.assert_array_equal(one.test_sets["inverted"][0].labels, with_set.test.labels[:9])


def test_another_content_of_a_set_is_named(
    run_path: Path, host: PluginHost, plan_of: PlanOf, with_set: TrialData
) -> None:
    plan = plan_of(host, MODELS, trials=3)
    (now,) = planned_sets(with_set)
    wanted = plan.model_copy(update={"test_sets": (now,)})
    stored = read_run(run_path)
    assert differences(stored, wanted, environment_of(plan)) == (
        "test set inverted was absent and is now of inverted",
    )
    then = now.model_copy(update={"fingerprint": "another"})
    other = stored.plan.model_copy(update={"test_sets": (then,)})
    stored = stored.model_copy(update={"plan": other})
    assert differences(stored, wanted, environment_of(plan)) == (
        "test set inverted was another and is now of inverted",
    )
    assert differences(stored, plan, environment_of(plan)) == ()  # sets that were added later


@pytest.mark.parametrize("lost_first", [True, False])
def test_a_set_that_can_be_loaded_only_then_or_only_now(
    lost_first: bool, host: PluginHost, plan_of: PlanOf, with_set: TrialData, tmp_path: Path
) -> None:
    plain = replace(with_set, test_sets={})
    plan = plan_of(host, MODELS, trials=2)
    lost = plan.model_copy(update={"test_sets": (LOST,)})
    loaded = plan.model_copy(update={"test_sets": planned_sets(with_set)})
    (before, data), (now, data_now) = (
        ((lost, plain), (loaded, with_set)) if lost_first else ((loaded, with_set), (lost, plain))
    )
    path = run_plan(before, host, data, InlineEngine(), tmp_path, [Stopper(3)], name=NAME)
    resume_run(find(path, now), host, data_now, InlineEngine())
    first: list[str | None] = [] if lost_first else [None]
    last = [None] if lost_first else ["its images were not there"]
    assert errors_of_sets(path) == [first] * 3 + [last] * 2
    record = read_run(path)
    assert record.plan.test_sets == loaded.test_sets
    assert list(record.test_sets) == ["inverted"]
    assert found_sets(before, now) == (("inverted",) if lost_first else ())


def test_sets_that_were_added_meanwhile_are_not_overwritten(
    run_path: Path, host: PluginHost, plan_of: PlanOf, with_set: TrialData
) -> None:
    found = find(run_path, plan_of(host, MODELS, trials=4))
    stored = read_run(run_path)
    plan = stored.plan.model_copy(update={"test_sets": planned_sets(with_set)})
    extended = stored.model_copy(update={"plan": plan})
    writer = extend_run(run_path, extended, with_set.test_sets)
    digits = SetResult(test_set="inverted", predictions=np.zeros(9, np.uint8))
    writer.add_set_results(stored.results[0].spec, [digits])
    with pytest.raises(StoreError, match="another process has written to"):
        resume_run(found, host, with_set, InlineEngine())


@given(st.data())
def test_what_is_done_and_what_is_missing_make_up_the_plan(
    host: PluginHost, plan_of: PlanOf, whole_run: Path, data: st.DataObject
) -> None:
    whole = read_run(whole_run)
    chosen = data.draw(st.sets(st.integers(0, 6)))
    failed = data.draw(st.sets(st.integers(0, 6)))

    def outcome(index: int) -> TrialResult:
        result = whole.results[index]
        return result.model_copy(update={"status": "failed"}) if index in failed else result

    stored = whole.model_copy(update={"results": tuple(outcome(i) for i in sorted(chosen))})
    wanted = plan_of(host, MODELS, trials=data.draw(st.integers(1, 5)))
    found = resumption(whole_run, stored, wanted)
    specs = [result.spec for result in found.done] + list(found.missing)
    order = wanted.trial_specs().index
    assert sorted(specs, key=order) == list(wanted.trial_specs())
    assert all(result.status == "ok" for result in found.done)
    assert set(map(id, found.done)) <= set(map(id, found.record.results))
    assert found.record.plan.trials == max(3, wanted.trials)
