"""`digitbench list`: the newest runs first, damage as a row, and how many more there are."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.analysis.sequential import compare_run
from digitbench.types import RunRecord

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def stored(run_on_tiny_data: Callable[..., Path]) -> Path:
    """Make a run."""
    return run_on_tiny_data("centroid,centroid[noise=0.5]")


@pytest.fixture
def runs(stored: Path, workdir: Path) -> Path:
    """Lay out four runs, a day apart, and return the root."""
    root = workdir / "runs"
    for day in (1, 2, 3, 4):
        run_begun(stored, root / f"2026010{day}T000000Z-centroid", f"2026-01-0{day}T00:00:00Z")
    return root


def run_begun(stored: Path, path: Path, began: str) -> Path:
    """Copy a run to a directory, as one that began at another time."""
    shutil.copytree(stored, path)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest |= {"started_at": began}
    (path / "manifest.json").write_text(json.dumps(manifest, indent=2))
    return path


def test_newest_first_with_a_verdict(command: Command, runs: Path) -> None:
    outcome = command("list")
    assert outcome.code == 0
    places = [outcome.out.index(f"2026010{day}T000000Z-centroid") for day in (4, 3, 2, 1)]
    assert places == sorted(places)
    document = command("list", "--json").json
    assert [run["run"] for run in document["runs"]] == [
        f"2026010{day}T000000Z-centroid" for day in (4, 3, 2, 1)
    ]
    for run in document["runs"]:
        assert run["verdict"] in " ".join(outcome.out.split())
        assert run["dataset"]["name"] == "tiny"


def test_a_limit_tells_how_many_more_there_are(command: Command, runs: Path) -> None:
    outcome = command("list", "--limit", "1")
    assert "20260104T000000Z-centroid" in outcome.out
    assert "20260103T000000Z-centroid" not in outcome.out
    assert outcome.err == "3 older runs are not shown: --limit 4 shows all\n"
    document = command("list", "-n", "2", "--json").json
    assert (len(document["runs"]), document["total"]) == (2, 4)
    assert command("list", "--limit", "4").err == ""
    assert command("list", "--limit", "0").code == 2


@pytest.mark.parametrize("file", ["manifest.json", "trials.jsonl", "test_labels.npy"])
def test_a_damaged_run_is_a_row(file: str, command: Command, runs: Path) -> None:
    (runs / "20260102T000000Z-centroid" / file).write_bytes(b"{\n")
    outcome = command("list")
    assert outcome.code == 0
    assert "damaged" in outcome.out
    found = command("list", "--json").json["runs"]
    assert [run["error"] is None for run in found] == [True, True, False, True]
    assert file in found[2]["error"]
    assert "runs/" not in found[2]["error"]


def test_only_the_runs_that_are_shown_are_read(command: Command, runs: Path) -> None:
    for day in (1, 2, 3):
        (runs / f"2026010{day}T000000Z-centroid" / "trials.jsonl").write_bytes(b"{\n")
    assert "damaged" not in command("list", "--limit", "1").out


def test_no_run_is_no_error(command: Command, workdir: Path) -> None:
    for arguments in ((), ("--runs-dir", "nowhere")):
        outcome = command("list", *arguments)
        assert outcome.code == 0
        assert outcome.out == ""
        assert "make one with `digitbench run`" in outcome.err
        assert len(outcome.err.splitlines()) == 1
    document = command("list", "--json")
    assert document.json == {"document_version": 1, "total": 0, "runs": []}
    assert document.err == ""


def test_a_run_that_cannot_be_compared_hides_no_other(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(record: RunRecord) -> object:
        if record.id.startswith("20260102"):
            raise ValueError("no variance\nat all")
        return compare_run(record)

    monkeypatch.setattr("digitbench.report.runs.compare_run", compare)
    outcome = command("list")
    assert outcome.code == 0
    found = command("list", "--json").json["runs"]
    assert [run["error"] is None for run in found] == [True, True, False, True]
    assert found[2]["error"] == "cannot be compared: ValueError: no variance"
    assert found[2]["status"] == "complete"
    assert "no variance" in " ".join(outcome.out.split())


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_a_run_is_no_row_but_can_be_shown(command: Command, runs: Path) -> None:
    (runs / "best").symlink_to("20260102T000000Z-centroid")
    assert command("list", "--json").json["total"] == 4
    assert command("show", "best", "--json").json["run"] == "20260102T000000Z-centroid"
