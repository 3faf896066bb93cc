"""What digitbench stands on: requirements, places, data sets, runs and frameworks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.datasets.plugin import digitbench_datasets
from digitbench.plugins import PluginHost
from digitbench.runner import environment_probes
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.environment_probes import (
    dataset_copies,
    look_at,
    stored_runs,
    try_frameworks,
    unmet_requirements,
)
from digitbench.runner.run import run_plan
from digitbench.types import DataContext, RunPlan, TrialData


def test_requirements_in_turn_are_held_against_what_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = {
        "digitbench": ["scipy>=1", "gone>=2", 'odd; extra == "dev"', 'old; python_version < "3"'],
        "scipy": ["numpy<2.7,>=1.26"],
    }
    found = {"scipy": "1.17", "numpy": "3.0"}
    monkeypatch.setattr(environment_probes, "own_distribution", lambda: None)
    monkeypatch.setattr(environment_probes, "requires", needs.get)
    monkeypatch.setattr(environment_probes, "installed_version", found.get)
    unmet = {(lack.distribution, lack.needed_by, lack.found) for lack in unmet_requirements()}
    assert unmet == {("gone", "digitbench", None), ("numpy", "scipy", "3.0")}


def test_a_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    there = look_at("runs", tmp_path)
    assert (there.exists, there.writable, there.size_bytes) == (True, True, 5)
    missing = look_at("runs", tmp_path / "a" / "b")
    assert (missing.exists, missing.writable) == (False, True)
    assert not look_at("runs", tmp_path / "file" / "x").writable
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_cache_is_held_against_the_published_fingerprint(tmp_path: Path) -> None:
    (digits,) = (spec for spec in digitbench_datasets() if spec.name == "digits")
    context = DataContext(tmp_path, offline=True)
    assert [copy.cached for copy in dataset_copies([digits], context)] == ["absent"]
    digits.load(context)
    assert [copy.cached for copy in dataset_copies([digits], context)] == ["good"]
    (labels,) = tmp_path.glob("arrays/*/test_labels.npy")
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x00")
    assert [copy.cached for copy in dataset_copies([digits], context)] == ["damaged"]


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
    found = stored_runs(tmp_path)
    assert (found.count, found.read) == (2, 2)
    assert list(found.damaged) == [first.name]
    assert found.unfinished == (second.name,)
    assert stored_runs(tmp_path, most=1).read == 1
    assert stored_runs(tmp_path / "none").count == 0


def test_frameworks_are_tried_in_processes_that_end(monkeypatch: pytest.MonkeyPatch) -> None:
    probes = {
        "well": "devices = ['/device:CPU:0']",
        "broken": "raise ImportError('libx is missing')",
        "hangs": "import time; time.sleep(60)",
    }
    monkeypatch.setattr(environment_probes, "_PROBES", probes)
    well, broken, hangs = (
        try_frameworks([name], 20.0 if name != "hangs" else 1.0)[0] for name in probes
    )
    assert (well.error, well.devices) == (None, ("/device:CPU:0",))
    assert broken.error == "ImportError: libx is missing"
    assert hangs.error == "importing it takes more than 1 s"
