"""The store: what is written comes back, torn and damaged files are told apart."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from builders import made_environment
from digitbench.errors import StoreError, UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import (
    RunWriter,
    create_run,
    find_run,
    read_results,
    read_run,
    reopen_run,
    run_paths,
    runs_named,
    schemas,
)
from digitbench.types import RunPlan, TrialData, TrialResult

PlanOf = Callable[..., RunPlan]
HostOf = Callable[..., PluginHost]


@pytest.fixture(scope="module")
def pristine_run(
    host_of: HostOf,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make a run of a deterministic row, one of three trials and one that fails."""
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, "centroid,centroid[noise=3],raises-in-fit", trials=3)
    return run_plan(plan, host, tiny_data, InlineEngine(), tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run_path(pristine_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run that a test may damage."""
    return Path(shutil.copytree(pristine_run, tmp_path / "runs" / pristine_run.name))


def test_a_run_comes_back_as_it_was(run_path: Path, tiny_data: TrialData) -> None:
    record = read_run(run_path)
    assert record.id == run_path.name
    assert record.status == "complete"
    assert record.finished_at is not None
    assert record.finished_at >= record.started_at
    assert record.test_labels is not None
    np.testing.assert_array_equal(record.test_labels, tiny_data.test.labels)
    order = [(result.spec.model, result.spec.trial) for result in record.results]
    noisy, failing = "centroid[noise=3.0]", "raises-in-fit"
    assert order == [
        ("centroid", 1),
        (noisy, 1),
        (failing, 1),
        (noisy, 2),
        (failing, 2),
        (noisy, 3),
        (failing, 3),
    ]
    for result in record.results:
        assert (result.predictions is None) == (result.status == "failed")
        assert result.probabilities is None
    assert [result.error for result in record.failed] == ["RuntimeError: out of luck"] * 3


def test_results_come_one_by_one_with_their_probabilities(run_path: Path) -> None:
    record = read_run(run_path)
    results = list(read_results(run_path))
    assert [result.spec for result in results] == [result.spec for result in record.results]
    for result in results:
        if result.status == "failed":
            assert result.probabilities is None
            continue
        assert result.probabilities is not None
        assert result.probabilities.dtype == np.float32
        np.testing.assert_array_equal(result.predictions, result.probabilities.argmax(axis=1))


def test_damaged_probabilities_are_named_when_they_are_read(run_path: Path) -> None:
    file = run_path / "probabilities.bin"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert len(read_run(run_path).results) == 7
    with pytest.raises(StoreError, match=r"probabilities\.bin is damaged"):
        list(read_results(run_path))


def test_the_directory_is_named_after_the_time_and_the_models(run_path: Path) -> None:
    time, _, models = run_path.name.partition("-")
    assert len(time) == len("20261122T120000Z")
    assert models == "centroid-centroid-noise-3.0-raises-in-fit"
    names = {path.name for path in run_path.iterdir()}
    assert names == {
        "manifest.json",
        "test_labels.npy",
        "trials.jsonl",
        "predictions.bin",
        "probabilities.bin",
    }
    assert not list(run_path.rglob("*.tmp"))


def test_each_trial_is_on_disk_as_soon_as_it_is_finished(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    seen = []

    class Watcher:
        from digitbench import hookimpl

        @hookimpl
        def digitbench_trial_finished(self, result: TrialResult) -> None:
            record = read_run(find_run(tmp_path, "latest"))
            seen.append((record.status, len(record.results)))

    host = host_of("centroid")
    plan = plan_of(host, "centroid[noise=1]", trials=2)
    with pytest.raises(UsageError):
        find_run(tmp_path, "latest")
    run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, [Watcher()])
    assert seen == [("running", 1), ("running", 2)]


def test_a_torn_last_line_is_ignored(run_path: Path) -> None:
    trials = run_path / "trials.jsonl"
    whole = trials.read_bytes()
    for cut in (1, 20, 100):
        trials.write_bytes(whole[:-cut])
        assert len(read_run(run_path).results) == 6


def test_a_damaged_line_in_the_middle_is_an_error(run_path: Path) -> None:
    trials = run_path / "trials.jsonl"
    lines = trials.read_bytes().splitlines(keepends=True)
    trials.write_bytes(b"".join([lines[0], b"{}\n", *lines[2:]]))
    with pytest.raises(StoreError, match=r"trials\.jsonl, line 2 is damaged"):
        read_run(run_path)


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_run_of_a_version_before_is_read(run_path: Path, version: int) -> None:
    manifest = json.loads((run_path / "manifest.json").read_text())
    del manifest["plan"]["keep"], manifest["plan"]["test_sets"]
    (run_path / "manifest.json").write_text(json.dumps(manifest | {"schema_version": version}))
    lines = (run_path / "trials.jsonl").read_text().replace(',"not_kept":null', "")
    assert "not_kept" not in lines
    (run_path / "trials.jsonl").write_text(lines)
    record = read_run(run_path)
    assert record.results
    assert record.plan.keep == "none"


def change_version(path: Path) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 99}))


def change_prediction(path: Path) -> None:
    file = path / "predictions.bin"
    data = bytearray(file.read_bytes())
    data[0] = (data[0] + 1) % 10
    file.write_bytes(data)


def change_accuracy(path: Path) -> None:
    lines = (path / "trials.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    first["result"]["accuracy"] /= 2
    (path / "trials.jsonl").write_text("\n".join([json.dumps(first), *lines[1:], ""]))


def shorten_labels(path: Path) -> None:
    np.save(path / "test_labels.npy", np.zeros(3, np.uint8))


def pickle_labels(path: Path) -> None:
    np.save(path / "test_labels.npy", np.array([{}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change_version, "has version 99; this digitbench reads versions 2 to 5"),
        (change_prediction, "predictions.bin is damaged at byte 0"),
        (change_accuracy, "do not give the accuracy stored for it"),
        (shorten_labels, "test_labels.npy does not hold 40 labels, as the manifest says"),
        (pickle_labels, "test_labels.npy is missing or damaged"),
        (lambda path: (path / "manifest.json").write_text("[]"), "is not a manifest"),
        (lambda path: (path / "manifest.json").write_text("{"), "is not a manifest"),
        (lambda path: (path / "manifest.json").unlink(), "cannot read"),
        (lambda path: (path / "test_labels.npy").unlink(), "missing or damaged"),
        (
            lambda path: (path / "manifest.json").write_text('{"schema_version": 2}'),
            "manifest.json is damaged: plan: Field required",
        ),
        (lambda path: (path / "predictions.bin").write_bytes(b"PK"), "is damaged at byte 0"),
        (lambda path: (path / "predictions.bin").unlink(), "is damaged at byte 0"),
    ],
)
def test_damage_is_named_in_one_line(
    run_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(run_path)
    with pytest.raises(StoreError) as caught:
        read_run(run_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_runs_are_found_by_name_by_path_and_by_age(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, "centroid", trials=1)
    environment = ENVIRONMENT
    paths = [create_run(tmp_path, plan, environment, tiny_data.test.labels).path for _ in range(3)]
    assert len({path.name for path in paths}) == 3
    assert find_run(tmp_path, "latest") == paths[-1]
    assert find_run(tmp_path, paths[0].name) == paths[0]
    assert find_run(tmp_path / "elsewhere", str(paths[1])) == paths[1]
    with pytest.raises(UsageError, match=paths[0].name):
        find_run(tmp_path, "nothing")
    with pytest.raises(UsageError, match="there is no run 'xxx"):
        find_run(tmp_path, "x" * 400)
    with pytest.raises(UsageError, match="there are no runs"):
        find_run(tmp_path / "elsewhere", "latest")


def test_a_place_that_cannot_be_written_is_a_store_error(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    plan = plan_of(host_of("centroid"), "centroid", trials=1)
    with pytest.raises(StoreError, match="cannot make a run directory"):
        create_run(tmp_path / "file", plan, ENVIRONMENT, tiny_data.test.labels)


def test_a_failed_write_leaves_nothing_half_written(
    host_of: HostOf,
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, "centroid", trials=1)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("digitbench.store.writing.packed", fail)  # after the predictions
    with pytest.raises(StoreError, match="No space left on device"):
        run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)
    record = read_run(find_run(tmp_path, "latest"))
    assert record.results == ()
    assert not list(tmp_path.rglob("*.tmp"))


ENVIRONMENT = made_environment()


def test_the_writer_holds_the_run_it_started(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host_of("centroid"), "centroid", trials=1)
    writer = create_run(tmp_path, plan, ENVIRONMENT, tiny_data.test.labels)
    assert isinstance(writer, RunWriter)
    assert read_run(writer.path).status == "running"
    assert writer.record.id == writer.path.name


def test_runs_are_found_by_the_name_they_were_given(
    host_of: HostOf, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    plan, labels = plan_of(host_of("centroid"), "centroid"), tiny_data.test.labels
    first, second = (create_run(tmp_path, plan, ENVIRONMENT, labels, "mine") for _ in range(2))
    create_run(tmp_path, plan, ENVIRONMENT, labels)
    create_run(tmp_path, plan, ENVIRONMENT, labels, "mine-and-theirs")
    assert first.path.name.endswith("Z-mine")
    assert runs_named(tmp_path, "mine") == (second.path, first.path)
    assert runs_named(tmp_path, "min") == ()
    assert runs_named(tmp_path / "nowhere", "mine") == ()


def test_a_reopened_run_keeps_what_it_is_told_to(run_path: Path) -> None:
    record = read_run(run_path)
    trials = run_path / "trials.jsonl"
    trials.write_bytes(trials.read_bytes() + b'{"torn":')
    kept = tuple(result for result in record.results if result.status == "ok")
    writer = reopen_run(run_path, record.model_copy(update={"results": kept}))
    reopened = read_run(run_path)
    assert (reopened.status, reopened.finished_at) == ("running", None)
    assert [r.model_dump() for r in reopened.results] == [r.model_dump() for r in kept]
    for failed in record.failed:
        writer.digitbench_trial_finished(record.plan, failed)
    writer.digitbench_run_finished(record)
    whole = read_run(run_path)
    assert whole.status == "complete"
    assert len(whole.results) == len(record.results)
    assert not list(run_path.rglob("*.tmp"))


def test_a_run_that_cannot_be_written_is_left_as_it_was(
    run_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read_run(run_path)
    before = (run_path / "trials.jsonl").read_bytes()

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StoreError, match="No space left on device"):
        reopen_run(run_path, record.model_copy(update={"results": ()}))
    assert (run_path / "trials.jsonl").read_bytes() == before
    assert read_run(run_path).status == "complete"
    assert not list(run_path.rglob("*.tmp"))


def test_a_run_that_vanishes_under_its_writer_is_an_error(run_path: Path) -> None:
    record = read_run(run_path)
    result = record.failed[0]
    for spoil in (
        lambda: (run_path / "trials.jsonl").write_bytes(b"somebody else\n"),
        (run_path / "trials.jsonl").unlink,
        lambda: shutil.rmtree(run_path),
    ):
        writer = RunWriter(run_path, record)
        spoil()
        with pytest.raises(StoreError, match="was changed or deleted while the run wrote to it"):
            writer.digitbench_trial_finished(record.plan, result)


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit to stand for a full disk")
def test_a_disk_that_fills_up_amid_a_write_costs_no_earlier_trial(run_path: Path) -> None:
    size = (run_path / "trials.jsonl").stat().st_size
    code = f"""
import resource
from pathlib import Path
from digitbench.errors import StoreError
from digitbench.store import RunWriter, read_run
path = Path({str(run_path)!r})
record = read_run(path)
writer = RunWriter(path, record)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 10}, {size + 10}))
try:
    writer.digitbench_trial_finished(record.plan, record.failed[0])
except StoreError as error:
    print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == f"cannot write to {run_path}: File too large\n", said.stderr
    assert (run_path / "trials.jsonl").stat().st_size == size + 10
    assert len(read_run(run_path).results) == 7


def test_schemas_describe_the_files(run_path: Path) -> None:
    found = schemas()
    manifest = json.loads((run_path / "manifest.json").read_text())
    jsonschema.validate(manifest, found["manifest.json"])
    edited(run_path, lambda lines: lines[1]["result"].update(history=[{"loss": "NaN"}]))
    assert len(read_run(run_path).results) == 7
    for line in (run_path / "trials.jsonl").read_text().splitlines():
        jsonschema.validate(json.loads(line), found["trials.jsonl"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest | {"surprise": 1}, found["manifest.json"])


def test_whoever_may_read_one_file_of_a_run_may_read_all(run_path: Path) -> None:
    modes = {file.stat().st_mode & 0o777 for file in run_path.iterdir()}
    assert len(modes) == 1
    assert modes.pop() & 0o400


def begun(path: Path, moment: str) -> Path:
    """Write another start into a run's manifest."""
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"started_at": moment}, indent=2))
    return path


@pytest.fixture
def three_runs(run_path: Path) -> tuple[Path, Path, Path]:
    """Return three runs, the oldest first, whose names say nothing of that."""
    root = run_path.parent
    second = Path(shutil.copytree(run_path, root / "before-the-refactoring"))
    third = Path(shutil.copytree(run_path, root / "20200101T000000Z-old-name"))
    return (
        begun(run_path.rename(root / "zz"), "2026-01-01T00:00:00.000001Z"),
        begun(second, "2026-01-01T01:00:00.5+01:00"),
        begun(third, "2026-01-02T00:00:00Z"),
    )


def test_runs_are_ordered_by_when_they_began_whatever_they_are_called(
    three_runs: tuple[Path, Path, Path],
) -> None:
    first, second, third = three_runs
    root = first.parent
    assert run_paths(root) == (third, second, first)
    assert find_run(root, "latest") == third
    (first / "manifest.json").write_text(  # as a formatter leaves it
        json.dumps(
            json.loads((first / "manifest.json").read_text())
            | {"started_at": "2026-03-01T00:00:00Z"}
        )
    )
    assert run_paths(root) == (first, third, second)


def test_a_run_that_does_not_say_when_it_began_goes_by_its_name_or_comes_last(
    three_runs: tuple[Path, Path, Path],
) -> None:
    first, second, third = three_runs
    root = first.parent
    (first / "manifest.json").write_bytes(b"{")
    (third / "manifest.json").write_bytes(b"[" * 100_000)
    no_month = Path(shutil.copytree(first, root / "20269901T000000Z-x"))
    assert run_paths(root)[:2] == (second, third)  # third is called 2020
    assert set(run_paths(root)[2:]) == {first, no_month}
    assert find_run(root, "latest") == second


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_a_name_and_not_a_second_run(
    three_runs: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    first, second, third = three_runs
    root = first.parent
    (root / "latest").symlink_to(first.name)
    (root / "best").symlink_to(first)
    elsewhere = shutil.move(second, tmp_path / "archived")
    (root / "moved").symlink_to(elsewhere)
    (root / "moved-too").symlink_to(elsewhere)
    (root / "gone").symlink_to("nowhere")
    assert run_paths(root) == (third, root / "moved", first)
    assert read_run(find_run(root, "best")).id == first.name
    assert find_run(root, "latest") == third
    (tmp_path / "runs-link").symlink_to(root)
    assert [path.name for path in run_paths(tmp_path / "runs-link")] == [
        third.name,
        "moved",
        first.name,
    ]


def test_lines_that_are_there_twice_count_once(
    run_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trials = run_path / "trials.jsonl"
    whole = trials.read_bytes()
    once = read_run(run_path)
    assert caplog.text == ""
    trials.write_bytes(whole + whole)
    twice = read_run(run_path)
    assert [r.model_dump() for r in twice.results] == [r.model_dump() for r in once.results]
    assert f"{trials} holds 7 of its lines twice" in caplog.text
    assert len(list(read_results(run_path))) == 7
    reopen_run(run_path, twice)
    assert trials.read_bytes() == whole


def edited(path: Path, change: Callable[[list[Any]], object]) -> None:
    """Change the lines of a run's trials, as documents."""
    trials = path / "trials.jsonl"
    lines = [json.loads(line) for line in trials.read_text().splitlines()]
    change(lines)
    trials.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda lines: lines.append(lines[1] | {"result": lines[1]["result"] | {"details": {}}}),
            r"line 8: trial 1 of 'centroid\[noise=3.0\]' is in line 2 already, with another result",
        ),
        (
            lambda lines: lines[0]["result"]["spec"].update(model="other"),
            r"line 1: trial 1 of 'other' is not in the plan of manifest\.json",
        ),
        (
            lambda lines: lines[0]["result"]["spec"].update(trial=2),
            r"line 1: trial 2 of 'centroid' is not in the plan",
        ),
        (
            lambda lines: lines[1]["result"]["spec"].update(seed=1),
            r"line 2: trial 1 of .* has another seed than the plan of manifest\.json gives it",
        ),
        (
            lambda lines: lines[1]["result"]["spec"]["options"].update(noise=2),
            "line 2: .* has another options than the plan",
        ),
        (
            lambda lines: lines[1].update(predictions=lines[0]["predictions"]),
            "line 2: .* claims bytes of an array that another trial claims too",
        ),
        (
            lambda lines: lines[1]["probabilities"].update(offset=1),
            "line 2: .* claims bytes of an array that another trial claims too",
        ),
        (
            lambda lines: lines[2]["result"].update(error=None),
            "line 3: .* failed, but lacks the reason",
        ),
        (
            lambda lines: lines[0].update(predictions=None),
            "line 1: .* succeeded, but lacks figures",
        ),
        (
            lambda lines: lines[0]["result"].update(fit_seconds=1e300),
            "line 1 is damaged: result.fit_seconds: ",
        ),
        (
            lambda lines: lines[0]["result"].update(started_at="2026-01-01T00:00:00"),
            "line 1 is damaged: result.started_at: Input should have timezone info",
        ),
    ],
)
def test_trials_that_contradict_the_plan_or_each_other_are_refused(
    run_path: Path, change: Callable[[list[Any]], object], message: str
) -> None:
    edited(run_path, change)
    for read in (read_run, lambda path: list(read_results(path))):
        with pytest.raises(StoreError, match=message) as refusal:
            read(run_path)
        assert str(run_path / "trials.jsonl") in str(refusal.value)
        assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(39, np.uint8), "does not hold 40 labels, as the manifest says"),
        (np.zeros(40, np.int64), "does not hold 40 labels, as the manifest says"),
        (np.zeros((40, 1), np.uint8), "does not hold 40 labels, as the manifest says"),
        (np.full(40, 10, np.uint8), "is damaged: a label is 10; digits are 0 to 9"),
    ],
)
def test_labels_are_those_of_the_manifest(run_path: Path, labels: Any, message: str) -> None:
    np.save(run_path / "test_labels.npy", labels)
    with pytest.raises(StoreError, match=message):
        read_run(run_path)


def test_a_whole_archive_in_place_of_the_labels_is_refused(run_path: Path) -> None:
    with (run_path / "test_labels.npy").open("wb") as file:
        np.savez(file, labels=np.zeros(40, np.uint8))
    with pytest.raises(StoreError, match=r"test_labels\.npy is missing or damaged"):
        read_run(run_path)


def test_nan_and_deep_nesting_in_a_manifest_are_one_line(run_path: Path) -> None:
    file = run_path / "manifest.json"
    text = file.read_text()
    for spoilt, message in (
        (text.replace('"base_seed": 0', '"base_seed": NaN'), "is not a manifest"),
        ("[" * 100_000, "is not a manifest"),
        (text.replace('"trials": 3', '"trials": 999999999999'), "is damaged: plan.trials: "),
        (text.replace('"schema_version": 5', '"schema_version": 1'), "has version 1"),
    ):
        file.write_text(spoilt)
        with pytest.raises(StoreError, match=message):
            read_run(run_path)
