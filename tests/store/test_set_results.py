"""Further test sets in the store: they come back as they were, and damage is told apart."""

import io
import json
import shutil
import time
import tracemalloc
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from builders import STARTED_AT, made_environment, made_model, made_plan, made_planned_set
from digitbench.errors import StoreError
from digitbench.store import (
    RunWriter,
    create_run,
    extend_run,
    read_results,
    read_run,
    reopen_run,
    schemas,
)
from digitbench.store.layout import SET_LABELS, SET_PREDICTIONS, SET_RESULTS, TRIALS
from digitbench.types import (
    Groups,
    PlannedTestSet,
    RunPlan,
    SetLabels,
    SetResult,
    TestCondition,
    TestSet,
    TrialResult,
    TrialSpec,
)

LABELS = (np.arange(40) % 10).astype(np.uint8)
EVERY = np.arange(40, dtype=np.uint32)
WRITERS = Groups("writer", (EVERY // 4).astype(np.int32), np.zeros(40, np.int32))
Sets = Mapping[str, TestSet]


def images(count: int) -> Any:
    return np.zeros((count, 28, 28), np.uint8)


FRESH = TestSet((TestCondition(LABELS[:7], images(7)),), "fresh digits")
NOISY = TestSet(
    (
        TestCondition(LABELS, images(40), "noise", 1, WRITERS, EVERY),
        TestCondition(LABELS, images(40), "noise", 2, WRITERS, EVERY),
        TestCondition(LABELS[3:8], None, "chosen", None, WRITERS.part(slice(3, 8)), EVERY[3:8]),
    ),
    "noise, and some as they are",
)
DISPUTED = TestSet((TestCondition(LABELS[1:6], name="voted", positions=EVERY[:5]),), "votes")
SETS: Sets = {"fresh": FRESH, "noisy[severity=3]": NOISY, "disputed": DISPUTED}


def plan_of_sets(sets: Sets, trials: int = 2, models: Sequence[str] = ("a", "b")) -> RunPlan:
    lost = PlannedTestSet(label="lost", name="lost", error="no network")
    return made_plan(
        [made_model(label) for label in models],
        trials=trials,
        test_sets=(*(made_planned_set(label, one) for label, one in sets.items()), lost),
    )


def set_result(one: PlannedTestSet, seed: int) -> SetResult:
    digits = np.random.default_rng(seed).integers(0, 10, one.size).astype(np.uint8)
    return SetResult(test_set=one.label, predictions=digits)


def trial_result(plan: RunPlan, spec: TrialSpec, sets: Sequence[SetResult]) -> TrialResult:
    digits = np.full(40, spec.trial, np.uint8)
    return TrialResult(
        spec=spec,
        status="ok",
        started_at=STARTED_AT,
        accuracy=float(np.mean(digits == LABELS)),
        predictions=digits,
        set_results=tuple(sets),
    )


def results_of(plan: RunPlan) -> tuple[TrialResult, ...]:
    """Return a result of each trial, with predictions of each set but for one that failed."""
    found = []
    loaded = [one for one in plan.test_sets if one.error is None]
    for seed, spec in enumerate(plan.trial_specs()):
        sets = [set_result(one, 10 * seed + number) for number, one in enumerate(loaded)]
        if seed == 1:
            sets[0] = SetResult(test_set=loaded[0].label, error="ValueError: too faint")
        found.append(trial_result(plan, spec, sets))
    return tuple(found)


def stored_run(root: Path, sets: Sets = SETS) -> RunWriter:
    plan = plan_of_sets(sets)
    writer = create_run(root, plan, made_environment(), LABELS, test_sets=sets)
    for result in results_of(plan):
        writer.digitbench_trial_finished(plan, result)
    return writer


@pytest.fixture(scope="module")
def pristine_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run of two models, two trials and three sets."""
    return stored_run(tmp_path_factory.mktemp("runs")).path


@pytest.fixture
def run_path(pristine_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run that a test may damage."""
    return Path(shutil.copytree(pristine_run, tmp_path / "runs" / pristine_run.name))


def assert_same(found: Sequence[SetResult], expected: Sequence[SetResult]) -> None:
    assert [(one.test_set, one.error) for one in found] == [
        (one.test_set, one.error) for one in expected
    ]
    for one, other in zip(found, expected, strict=True):
        if other.predictions is None:
            assert one.predictions is None
        else:
            assert one.predictions is not None
            assert one.predictions.dtype == np.uint8
            np.testing.assert_array_equal(one.predictions, other.predictions)


def test_what_trials_gave_on_sets_comes_back(run_path: Path) -> None:
    record = read_run(run_path)
    expected = results_of(record.plan)
    for results in (record.results, tuple(read_results(run_path))):
        assert [one.spec for one in results] == [one.spec for one in expected]
        for one, other in zip(results, expected, strict=True):
            assert_same(one.set_results, other.set_results)
    assert record.plan == plan_of_sets(SETS)


def assert_labels(found: Sequence[SetLabels], expected: TestSet) -> None:
    for one, condition in zip(found, expected.conditions, strict=True):
        np.testing.assert_array_equal(one.labels, condition.labels)
        assert (one.positions is None) == (condition.positions is None)
        if condition.positions is not None:
            assert one.positions is not None
            assert one.positions.dtype == np.uint32
            np.testing.assert_array_equal(one.positions, condition.positions)
        assert (one.groups is None) == (condition.groups is None)
        if condition.groups is not None:
            assert one.groups is not None
            assert one.groups.name == condition.groups.name
            np.testing.assert_array_equal(one.groups.numbers, condition.groups.numbers)


def test_labels_groups_and_positions_come_back(run_path: Path) -> None:
    found = read_run(run_path).test_sets
    assert list(found) == list(SETS)
    for label, expected in SETS.items():
        assert_labels(found[label], expected)
    assert not found["fresh"][0].labels.flags.writeable


def test_predictions_are_mapped_from_the_file(run_path: Path) -> None:
    predictions = read_run(run_path).results[0].set_results[1].predictions
    assert predictions is not None
    assert not predictions.flags.owndata
    assert not predictions.flags.writeable


def test_who_does_not_want_the_predictions_need_not_read_them(run_path: Path) -> None:
    (run_path / SET_PREDICTIONS).unlink()
    record = read_run(run_path, set_predictions=False)
    for one, other in zip(record.results, results_of(record.plan), strict=True):
        assert [r.test_set for r in one.set_results] == [r.test_set for r in other.set_results]
        assert [r.error for r in one.set_results] == [r.error for r in other.set_results]
        assert all(r.predictions is None for r in one.set_results)


def test_a_run_without_sets_has_no_files_of_them(tmp_path: Path) -> None:
    plan = made_plan([made_model("a")])
    writer = create_run(tmp_path, plan, made_environment(), LABELS)
    writer.digitbench_trial_finished(plan, trial_result(plan, plan.trial_specs()[0], ()))
    assert not list(writer.path.glob("test_sets*"))
    assert read_run(writer.path).test_sets == {}


def test_equal_arrays_are_stored_once(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 10_000).astype(np.uint8)
    every = np.arange(10_000, dtype=np.uint32)
    shown = np.broadcast_to(np.uint8(0), (10_000, 28, 28))
    many = TestSet(
        tuple(
            TestCondition(labels.copy(), shown, "noise", float(severity), None, every.copy())
            for severity in range(80)
        ),
        "noise",
    )
    plan = plan_of_sets({"noise": many})
    path = create_run(tmp_path, plan, made_environment(), LABELS, test_sets={"noise": many}).path
    assert (path / SET_LABELS).stat().st_size < 100_000


def test_all_sets_of_a_trial_are_one_write_before_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of_sets(SETS)
    writer = create_run(tmp_path, plan, made_environment(), LABELS, test_sets=SETS)
    sizes: list[tuple[int, ...]] = []

    def sync(descriptor: int) -> None:
        files = (writer.path / name for name in (SET_PREDICTIONS, SET_RESULTS, TRIALS))
        sizes.append(tuple(file.stat().st_size if file.exists() else 0 for file in files))

    monkeypatch.setattr("os.fsync", sync)
    writer.digitbench_trial_finished(plan, results_of(plan)[0])
    assert [tuple(size > 0 for size in one) for one in sizes] == [
        (False, False, False),  # its predictions of the test images
        (True, False, False),
        (True, True, False),
        (True, True, True),
    ]


def test_lines_without_their_trial_are_what_a_crash_left(run_path: Path) -> None:
    trials = run_path / TRIALS
    whole = trials.read_bytes()
    trials.write_bytes(whole[:-3])
    cut = read_run(run_path)
    assert len(cut.results) == 3
    file = run_path / SET_PREDICTIONS
    file.write_bytes(file.read_bytes()[:-3])  # nor need its predictions have reached the disk
    assert len(read_run(run_path).results) == 3
    writer = reopen_run(run_path, cut)
    assert len((run_path / SET_RESULTS).read_bytes().splitlines()) == 9
    missing = results_of(cut.plan)[3]
    writer.digitbench_trial_finished(cut.plan, missing)
    assert_same(read_run(run_path).results[3].set_results, missing.set_results)


def test_a_torn_last_line_is_ignored_and_goes(run_path: Path) -> None:
    with (run_path / SET_RESULTS).open("ab") as file:
        file.write(b'{"model": "a", "tri')
    record = read_run(run_path)
    assert len(record.results[3].set_results) == 3
    reopen_run(run_path, record)
    assert (run_path / SET_RESULTS).read_bytes().endswith(b"}\n")


def test_a_reopened_run_keeps_the_sets_of_the_trials_that_are_kept(run_path: Path) -> None:
    record = read_run(run_path)
    kept = record.model_copy(update={"results": record.results[1:]})
    writer = reopen_run(run_path, kept)
    again = read_run(run_path)
    assert [one.spec for one in again.results] == [one.spec for one in record.results[1:]]
    for one, other in zip(again.results, record.results[1:], strict=True):
        assert_same(one.set_results, other.set_results)
    for label, expected in SETS.items():
        assert_labels(again.test_sets[label], expected)
    writer.digitbench_trial_finished(kept.plan, record.results[0])
    assert_same(read_run(run_path).results[3].set_results, record.results[0].set_results)


def test_lines_that_are_there_twice_count_once(
    run_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = run_path / SET_RESULTS
    file.write_bytes(file.read_bytes() * 2)
    assert len(read_run(run_path).results[0].set_results) == 3
    assert f"{file} holds 12 of its lines twice" in caplog.text


def test_further_sets_are_added_to_a_stored_run(tmp_path: Path) -> None:
    added = {label: SETS[label] for label in ("noisy[severity=3]", "disputed")}
    path = stored_run(tmp_path, {"fresh": FRESH}).path
    record = read_run(path)
    trials = (path / TRIALS).read_bytes()
    both = record.model_copy(update={"plan": plan_of_sets(SETS), "status": "complete"})
    writer = extend_run(path, both, added)
    assert read_run(path).status == "complete"
    for result in results_of(both.plan):
        writer.add_set_results(result.spec, result.set_results[1:])
    found = read_run(path)
    for label, expected in SETS.items():
        assert_labels(found.test_sets[label], expected)
    for result in found.results:
        assert [one.test_set for one in result.set_results] == list(SETS)
    assert_same(found.results[0].set_results[1:], results_of(both.plan)[0].set_results[1:])
    assert (path / TRIALS).read_bytes() == trials


def test_what_failed_on_a_set_can_be_done_again(run_path: Path) -> None:
    record = read_run(run_path)
    redone = record.results[1]
    assert redone.set_results[0].error is not None
    writer = extend_run(run_path, record, {})
    writer.add_set_results(redone.spec, [SetResult(test_set="fresh", error="again")])
    assert read_run(run_path).results[1].set_results[0].error == "again"
    writer.add_set_results(redone.spec, [set_result(record.plan.test_sets[0], 5)])
    again = read_run(run_path)
    assert [one.test_set for one in again.results[1].set_results] == list(SETS)
    assert all(one.error is None for one in again.results[1].set_results)
    extend_run(run_path, again, {})
    assert len((run_path / SET_RESULTS).read_bytes().splitlines()) == 12
    assert_same(read_run(run_path).results[1].set_results, again.results[1].set_results)


def test_results_that_are_not_kept_go(run_path: Path) -> None:
    record = read_run(run_path)
    bare = record.results[0].model_copy(update={"set_results": record.results[0].set_results[1:]})
    extend_run(run_path, record.model_copy(update={"results": (bare, *record.results[1:])}), {})
    assert [one.test_set for one in read_run(run_path).results[0].set_results] == list(SETS)[1:]


def test_a_file_that_somebody_else_changed_is_not_written_to(run_path: Path) -> None:
    record = read_run(run_path)
    writer = reopen_run(run_path, record.model_copy(update={"results": record.results[1:]}))
    (run_path / SET_RESULTS).unlink()
    changed = "was changed or deleted while the run wrote to it"
    with pytest.raises(StoreError, match=changed):
        writer.digitbench_trial_finished(record.plan, record.results[0])
    with pytest.raises(StoreError, match=changed):
        writer.add_set_results(record.results[1].spec, [])


def test_the_schema_describes_the_lines(run_path: Path) -> None:
    for line in (run_path / SET_RESULTS).read_text().splitlines():
        jsonschema.validate(json.loads(line), schemas()["test_sets.jsonl"])
    manifest = json.loads((run_path / "manifest.json").read_text())
    jsonschema.validate(manifest, schemas()["manifest.json"])


def edited(path: Path, change: Callable[[list[Any]], object]) -> None:
    """Change the lines of the sets, as documents."""
    file = path / SET_RESULTS
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    change(lines)
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def digit_beyond_nine(lines: list[Any], path: Path) -> None:
    """Put 10 where a digit is, with a checksum that is right."""
    block = lines[0]["predictions"]
    file = path / SET_PREDICTIONS
    data = bytearray(file.read_bytes())
    data[block["offset"]] = 10
    file.write_bytes(data)
    block["crc32"] = zlib.crc32(data[block["offset"] : block["offset"] + block["size"]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines, _: lines[0]["result"].update(test_set="kmnist"), "is not in the plan"),
        (lambda lines, _: lines[0].update(model="c"), "line 1: trial 1 of 'c' .* not in the plan"),
        (lambda lines, _: lines[0].update(trial=3), "line 1: trial 3 of 'a' .* not in the plan"),
        (
            lambda lines, _: lines[0]["predictions"].update(size=6),
            "line 1: .* does not hold the predictions that the plan of manifest.json asks for",
        ),
        (
            lambda lines, _: lines[2]["result"].update(test_set="lost"),
            "line 3: .* does not hold the predictions that the plan",
        ),
        (
            lambda lines, _: lines.append(lines[0] | {"predictions": lines[6]["predictions"]}),
            "line 13: trial 1 of 'a' on 'fresh' is there already, with another result",
        ),
        (
            lambda lines, _: lines[6].update(predictions=lines[0]["predictions"]),
            "line 7: .* claims bytes of an array that another line claims too",
        ),
        (
            lambda lines, _: lines[0]["predictions"].update(offset=9),
            r"line \d: .* claims bytes of an array that another line claims too",
        ),
        (
            lambda lines, _: lines[0].update(predictions=None),
            "has neither predictions nor an error",
        ),
        (lambda lines, _: lines[0]["result"].update(error="none"), "nor an error, or both"),
        (lambda lines, _: lines[0]["predictions"].update(crc32=1), "is damaged at byte 0"),
        (lambda lines, _: lines[0]["predictions"].update(offset=10**20), "is damaged at byte 1000"),
        (lambda lines, _: lines[0].update(trial="x"), "line 1 is damaged: trial: "),
        (lambda lines, _: lines[0].update(surprise=1), "line 1 is damaged: surprise: "),
        (lambda lines, path: (path / SET_PREDICTIONS).unlink(), "is damaged at byte 0"),
        (digit_beyond_nine, "line 1: a prediction is 10; digits are 0 to 9"),
    ],
)
def test_lines_that_contradict_the_plan_or_each_other_are_refused(
    run_path: Path, change: Callable[[list[Any], Path], object], message: str
) -> None:
    edited(run_path, lambda lines: change(lines, run_path))
    for read in (read_run, lambda path: list(read_results(path))):
        with pytest.raises(StoreError, match=message) as refusal:
            read(run_path)
        assert str(run_path / "test_sets.") in str(refusal.value)
        assert len(str(refusal.value).splitlines()) == 1


def test_predictions_of_a_trial_that_failed_are_refused(run_path: Path) -> None:
    lines = [json.loads(line) for line in (run_path / TRIALS).read_text().splitlines()]
    lines[0]["result"].update(status="failed", error="made", accuracy=None)
    lines[0].update(predictions=None)
    (run_path / TRIALS).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with pytest.raises(StoreError, match="there are predictions of a trial that failed"):
        read_run(run_path)


def rewritten(path: Path, **changed: Any) -> None:
    """Put other arrays, by name, or another index into the file of labels; None takes one out."""
    with np.load(path / SET_LABELS) as archive:
        arrays = dict(archive)
    for name, array in changed.items():
        arrays[name.removeprefix("_")] = array
    content = io.BytesIO()
    np.savez_compressed(content, **{k: v for k, v in arrays.items() if v is not None})
    (path / SET_LABELS).write_bytes(content.getvalue())


def index(path: Path) -> Any:
    with np.load(path / SET_LABELS) as archive:
        return json.loads(archive["index"].tobytes())


def as_bytes(document: Any) -> Any:
    return np.frombuffer(json.dumps(document).encode(), np.uint8)


def with_index(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """Return what changes the index of the file of labels."""

    def damage(path: Path) -> None:
        document = index(path)
        change(document)
        rewritten(path, index=as_bytes(document))

    return damage


def one_array(path: Path) -> None:
    with (path / SET_LABELS).open("wb") as file:
        np.save(file, LABELS)


def cut_short(path: Path) -> None:
    file = path / SET_LABELS
    file.write_bytes(file.read_bytes()[:200])


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / SET_LABELS).unlink(),
        lambda path: (path / SET_LABELS).write_bytes(b""),
        one_array,
        cut_short,
        lambda path: rewritten(path, index=None),
        lambda path: rewritten(path, index=as_bytes([])),
        lambda path: rewritten(path, index=np.frombuffer(b"[" * 100_000, np.uint8)),
        lambda path: rewritten(path, index=np.array([{}], object)),
        lambda path: rewritten(path, _0=None),
        lambda path: rewritten(path, _0=LABELS[:6]),
        lambda path: rewritten(path, _0=LABELS[:8]),
        lambda path: rewritten(path, _0=LABELS[:7].reshape(7, 1)),
        lambda path: rewritten(path, _0=LABELS[:7].astype(np.int8)),
        lambda path: rewritten(path, _0=np.full(7, 10, np.uint8)),
        lambda path: rewritten(path, _0=np.array([{}] * 7, object)),
        lambda path: rewritten(path, _0=np.zeros(50_000_000, np.uint8)),
        with_index(lambda sets: sets.pop("fresh")),
        with_index(lambda sets: sets["fresh"].update(fingerprint="another")),
        with_index(lambda sets: sets["fresh"].update(conditions=[])),
        with_index(lambda sets: sets["fresh"]["conditions"][0].update(labels=-1)),
        with_index(lambda sets: sets["fresh"]["conditions"][0].update(positions=0)),
        with_index(lambda sets: sets["disputed"]["conditions"][0].update(positions=None)),
        with_index(lambda sets: sets["disputed"]["conditions"][0].update(surprise=None)),
    ],
)
def test_a_damaged_file_of_labels_is_named(
    run_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(run_path)
    with pytest.raises(StoreError) as refusal:
        read_run(run_path)
    assert str(run_path / SET_LABELS) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_positions_beyond_the_test_images_are_refused(run_path: Path) -> None:
    (condition,) = index(run_path)["disputed"]["conditions"]
    beyond = np.array([0, 1, 2, 3, 40], np.uint32)
    rewritten(run_path, **{f"_{condition['positions']}": beyond})
    with pytest.raises(StoreError, match="is missing or damaged"):
        read_run(run_path)


@pytest.mark.parametrize("name", ["index", "_0"])
def test_a_bomb_is_not_unpacked(run_path: Path, name: str) -> None:
    rewritten(run_path, **{name: np.zeros(65_000_000, np.uint8)})
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="is missing or damaged"):
            read_run(run_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("name", ["same label", "no conditions", "equal conditions"])
def test_a_plan_that_contradicts_itself_is_refused(run_path: Path, name: str) -> None:
    file = run_path / "manifest.json"
    manifest = json.loads(file.read_text())
    sets = manifest["plan"]["test_sets"]
    if name == "same label":
        sets[0]["label"] = sets[1]["label"]
    elif name == "no conditions":
        sets[0]["conditions"] = []
    else:
        sets[0]["conditions"] *= 2
    file.write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=r"manifest\.json is damaged: plan"):
        read_run(run_path)


def test_a_set_of_the_file_that_the_plan_does_not_have_is_passed_over(run_path: Path) -> None:
    with_index(lambda sets: sets.update(later=sets["fresh"]))(run_path)
    assert list(read_run(run_path).test_sets) == list(SETS)


@pytest.mark.slow
def test_a_run_of_many_sets_is_small_and_opens_quickly(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 10, 10_000).astype(np.uint8)
    every = np.arange(10_000, dtype=np.uint32) % 40
    shown = np.broadcast_to(np.uint8(0), (10_000, 28, 28))
    sets = {
        f"set{number}": TestSet(
            tuple(
                TestCondition(labels, shown, "noise", float(severity), None, every)
                for severity in range(5)
            ),
            "noise",
        )
        for number in range(16)
    }
    plan = plan_of_sets(sets, trials=5, models=("a", "b", "c", "d", "e"))
    writer = create_run(tmp_path, plan, made_environment(), LABELS, test_sets=sets)
    for result in results_of(plan):
        writer.digitbench_trial_finished(plan, result)
    size = sum(file.stat().st_size for file in writer.path.iterdir())
    assert size < 80_000_000
    began = time.perf_counter()
    assert len(read_run(writer.path).results) == 25
    assert time.perf_counter() - began < 0.5
