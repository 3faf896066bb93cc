"""Whatever lies in a run's directory, reading gives the run or one line, and spares the others."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from builders import made_planned_set
from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.test_sets import set_failures
from digitbench.cli import app
from digitbench.errors import StoreError, UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import extend_run, read_manifest, read_results, read_run, run_paths
from digitbench.store.baseline import Baseline, baseline_text, read_baseline
from digitbench.types import (
    Groups,
    RunPlan,
    SetResult,
    Split,
    TestCondition,
    TestSet,
    TrialData,
)

EXAMPLES = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FILES = (
    "manifest.json",
    "trials.jsonl",
    "test_labels.npy",
    "predictions.bin",
    "probabilities.bin",
    "test_groups.npz",
    "test_sets.npz",
    "test_sets.jsonl",
    "test_sets.bin",
)
DAMAGED, OTHER = "20260102T000000Z-damaged", "20260101T000000Z-other"
DEEP = b"[" * 100_000

Damage = Callable[[Path, Path], object]
"""Spoils a file, given the same file of another run."""


def spliced(at: float, inserted: bytes, removed: int) -> Damage:
    """Put bytes into a file, in place of some that are there."""

    def damage(file: Path, _: Path) -> None:
        data = file.read_bytes()
        place = int(at * len(data))
        file.write_bytes(data[:place] + inserted + data[place + removed :])

    return damage


def truncated(share: float) -> Damage:
    return lambda file, _: file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])


def written(data: bytes) -> Damage:
    return lambda file, _: file.write_bytes(data)


def doubled(file: Path, _: Path) -> None:
    file.write_bytes(file.read_bytes() * 2)


def swapped(file: Path, other: Path) -> None:
    shutil.copy(other, file)


def joined(file: Path, other: Path) -> None:
    file.write_bytes(file.read_bytes() + other.read_bytes())


def with_bom(file: Path, _: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())


def in_windows_lines(file: Path, _: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def missing(file: Path, _: Path) -> None:
    file.unlink()


def directory(file: Path, _: Path) -> None:
    file.unlink()
    file.mkdir()


def dangling(file: Path, _: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def replaced(old: bytes, new: bytes) -> Damage:
    return lambda file, _: file.write_bytes(file.read_bytes().replace(old, new))


def changed_number(which: float, new: bytes) -> Damage:
    """Put another value in place of a number of a JSON text."""

    def damage(file: Path, _: Path) -> None:
        colon = b": " if file.suffix == ".json" else b":"
        parts = file.read_bytes().split(colon)
        place = 1 + int(which * (len(parts) - 2)) if len(parts) > 2 else 0
        comma = parts[place].find(b",")
        parts[place] = new + (parts[place][comma:] if comma >= 0 else b"")
        file.write_bytes(colon.join(parts))

    return damage


VALUES = st.sampled_from(
    [
        *(b"NaN", b"-Infinity", b'"NaN"', b"1e999", b"-1", b"0", b"true", b"null", b"[]", b"{}"),
        *(
            b"9" * 400,
            b"9" * 5_000,
            b"1e308",
            b"99999",
            b'"\\udce9"',
            b'""',
            b'"9999-12-31T23:59:59"',
        ),
        *(b'"2026-01-01T00:00:00"', b'"complete"', b'"0001-01-01T00:00:00+14:00"', DEEP),
        *(b"[" * 150 + b"]" * 150, b'"' + b"x" * 3_000_000 + b'"'),
    ]
)
FRACTIONS = st.floats(0, 1, exclude_max=True)
NPY = np.lib.format
DAMAGES: st.SearchStrategy[Damage] = st.one_of(
    st.sampled_from(
        [doubled, swapped, joined, with_bom, in_windows_lines, missing, directory, dangling]
    ),
    st.builds(truncated, FRACTIONS),
    st.builds(written, st.binary(max_size=200)),
    st.builds(
        written,
        st.sampled_from(
            [
                *(b"", b"\n", b"{}", b"{}\n", b"null\n", b"[]\n", DEEP, DEEP + b"\n", b"NaN\n"),
                *(b'{"a":' * 9_999, b"9" * 9_999, b'{"schema_version": 1}', b"PK\x03\x04"),
                *(b'{"schema_version": [1, "\\n"]}', b"\x93NUMPY"),
                b"\x93NUMPY\x01\x00\x10\x00{'descr': '|u1'}\n",
            ]
        ),
    ),
    st.builds(spliced, FRACTIONS, st.binary(max_size=4), st.integers(0, 4)),
    st.builds(changed_number, FRACTIONS, VALUES),
    st.builds(changed_number, FRACTIONS, VALUES),
    st.builds(
        replaced,
        st.sampled_from([b'"trials": 2', b'"trial":1', b'"seed":', b'"status":"ok"', b"centroid"]),
        st.sampled_from([b'"trials": 1', b'"trials": 99999999999', b'"trial":2', b'"x":', b"knn"]),
    ),
    st.builds(
        lambda shape, kind: lambda file, _: file.write_bytes(header(shape, kind)),
        st.sampled_from(["(40,)", "(10**15,)", "(1000000000000000,)", "(-1,)", "()", "(4, 10)"]),
        st.sampled_from(["|u1", "<f8", "|O", "<U9", "V1"]),
    ),
)


def header(shape: str, kind: str) -> bytes:
    """Return the file of an array that promises a shape and holds 40 bytes."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    return (
        b"\x93NUMPY\x01\x00"
        + (118).to_bytes(2, "little")
        + text.ljust(117).encode()
        + b"\n"
        + b"\x07" * 40
    )


@pytest.fixture(scope="module")
def two_runs(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make two runs of different models, on images whose writers are known."""
    root = tmp_path_factory.mktemp("runs")
    writers = np.arange(len(tiny_data.test), dtype=np.int32) // 4
    groups = Groups("writer", writers, np.zeros_like(writers))
    data = replace(tiny_data, test=replace(tiny_data.test, groups=groups))
    host = host_of("centroid", "faulty_models")
    for models, trials, name in (
        ("centroid[noise=2],raises-in-fit", 2, DAMAGED),
        ("centroid[noise=1],centroid", 3, OTHER),
    ):
        plan = plan_of(host, models, trials=trials)
        dataset = plan.dataset.model_copy(update={"groups": "writer"})
        plan = plan.model_copy(update={"dataset": dataset})
        path = run_plan(plan, host, data, InlineEngine(), root).rename(root / name)
        add_sets(path, data.test)
    return root


def add_sets(path: Path, test: Split) -> None:
    """Add two test sets to a run, one of which failed on its first trial."""
    numbers = np.arange(12, dtype=np.uint32)
    noise = (
        TestCondition(test.labels[:12], test.images[:12], "noise", severity, positions=numbers)
        for severity in (1, 2)
    )
    few = TestCondition(test.labels[:5], test.images[:5])
    sets = {"noise": TestSet(tuple(noise), "made"), "few": TestSet((few,), "made")}
    record = read_run(path)
    planned = tuple(made_planned_set(label, one) for label, one in sets.items())
    plan = record.plan.model_copy(update={"test_sets": planned})
    writer = extend_run(path, record.model_copy(update={"plan": plan}), sets)
    for number, result in enumerate(record.results):
        if result.status == "ok":
            found = [
                SetResult(test_set=one.label, predictions=np.full(one.size, number, np.uint8))
                for one in planned
            ]
            if not number:
                found[1] = SetResult(test_set="few", error="made")
            writer.add_set_results(result.spec, found)


@EXAMPLES
@given(damages=st.lists(st.tuples(st.sampled_from(FILES), DAMAGES), min_size=1, max_size=2))
def test_a_damaged_run_is_one_line_and_costs_no_other(
    damages: list[tuple[str, Damage]], two_runs: Path, fresh_directory: Callable[[], Path]
) -> None:
    root = fresh_directory() / "runs"
    shutil.copytree(two_runs, root)
    for name, damage in damages:
        if (root / DAMAGED / name).is_file():
            damage(root / DAMAGED / name, root / OTHER / name)
    for read in (read_manifest, read_run, lambda path: list(read_results(path))):
        try:
            read(root / DAMAGED)
        except StoreError as error:
            assert any(f"{root / DAMAGED / name}" in str(error) for name in FILES), str(error)
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 1_000
    assert root / OTHER in run_paths(root)
    for arguments in ([], ["--json"]):
        outcome = CliRunner().invoke(app, ["list", "--runs-dir", str(root), *arguments])
        assert outcome.exit_code == 0, outcome.exception
        assert OTHER in outcome.stdout
    document = json.loads(outcome.stdout, parse_constant=pytest.fail)
    (sound,) = [run for run in document["runs"] if run["run"] == OTHER]
    assert sound["error"] is None
    assert sound["trials_finished"] == 4
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def two_baselines(
    host_of: Callable[..., PluginHost], two_runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Make a baseline, and another of the same run with one model less."""
    record = read_run(two_runs / OTHER)
    whole = [one for one in record.plan.test_sets if not set_failures(record, one.label)]
    plan = record.plan.model_copy(update={"test_sets": tuple(whole)})
    baseline = make_baseline(record.model_copy(update={"plan": plan}))
    assert baseline.test_sets
    shorter = baseline.model_copy(update={"models": baseline.models[:1]})
    files = tuple(tmp_path_factory.mktemp("baselines") / name for name in ("a.json", "b.json"))
    for file, made in zip(files, (baseline, shorter), strict=True):
        file.write_text(baseline_text(made), encoding="utf-8")
    return files[0], files[1]


@EXAMPLES
@given(damages=st.lists(DAMAGES, min_size=1, max_size=2))
def test_a_damaged_baseline_is_one_line(
    damages: list[Damage], two_baselines: tuple[Path, Path], fresh_directory: Callable[[], Path]
) -> None:
    file = fresh_directory() / "baseline.json"
    shutil.copy(two_baselines[0], file)
    for damage in damages:
        if file.is_file():
            damage(file, two_baselines[1])
    try:
        found = read_baseline(file)
    except UsageError as error:
        assert str(file) in str(error)
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 1_000
    else:
        assert Baseline.model_validate(found.model_dump()) == found
        for model in found.models:
            model.wrong_counts(found.dataset.test_size)
