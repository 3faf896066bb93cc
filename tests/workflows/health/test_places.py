"""What a diagnosis says of directories, data sets and stored runs."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from digitbench.datasets.plugin import digitbench_datasets
from digitbench.plugins import PluginHost
from digitbench.report.diagnosis import Finding, Level
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import DataContext, RunPlan, TrialData
from digitbench.workflows.health.places import of_data, of_directories, of_runs

GIB = 1 << 30


def _runs(path: Path) -> Finding:
    (found,) = (each for each in of_directories(path) if each.text.startswith("runs"))
    return found


@pytest.mark.parametrize(
    ("free", "level"),
    [(9 * GIB, Level.OK), (GIB // 2, Level.WARNING), (1000, Level.FAULT)],
)
def test_space(free: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert _runs(tmp_path).level is level


def test_places_are_looked_at_and_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert _runs(tmp_path).level is Level.OK
    missing = _runs(tmp_path / "a" / "b")
    assert (missing.level, "(not there yet)" in missing.text) == (Level.OK, True)
    below_a_file = _runs(tmp_path / "file" / "x")
    assert (below_a_file.level, "--runs-dir" in below_a_file.advice) == (Level.FAULT, True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_cache_is_held_against_the_published_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(tmp_path))
    (digits,) = (spec for spec in digitbench_datasets() if spec.name == "digits")

    def found() -> tuple[Level, bool]:
        (one,) = of_data([digits], None, offline=True)
        return one.level, one.text.endswith("fingerprint right")

    assert found() == (Level.OK, False)
    digits.load(DataContext(tmp_path, offline=True))
    assert found() == (Level.OK, True)
    (labels,) = tmp_path.glob("arrays/*/test_labels.npy")
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x00")
    assert found() == (Level.WARNING, False)


def test_stored_runs(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, "centroid", trials=2)
    first, second = (run_plan(plan, host, tiny_data, InlineEngine(), tmp_path) for _ in range(2))
    (first / "manifest.json").write_text("{")
    (second / "trials.jsonl").write_text("")
    count, damaged, unfinished = of_runs(tmp_path)
    assert count.text == f"2 in {tmp_path}"
    assert damaged.level is Level.WARNING
    assert damaged.text.startswith(f"{first.name} is damaged: ")
    assert unfinished.text == f"1 not finished: {second.name}"
    newest, *_ = of_runs(tmp_path, most=1)
    assert newest.text.endswith("the newest 1 of which were read")
    (none,) = of_runs(tmp_path / "none")
    assert none.text.startswith("0 in")
