"""A run under way, read as it grows."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.errors import StoreError
from digitbench.runner.lock import sole_writer
from digitbench.store import read_run, reopen_run
from digitbench.workflows.follow import RunFollower


@pytest.fixture(scope="module")
def stored(run_on_tiny_data: Callable[..., Path]) -> Path:
    """Make a run of a model that succeeds and one that fails, and return its directory."""
    models = "centroid[noise=0.5],wrong-labels"
    return run_on_tiny_data(models, "centroid", "faulty_models", trials=2)


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    """Return the directory of the run, which a test may change."""
    return Path(shutil.copytree(stored, tmp_path / stored.name))


def _with(run: Path, results: int) -> Any:
    record = read_run(run)
    return reopen_run(run, record.model_copy(update={"results": record.results[:results]}))


def test_a_complete_run(run: Path) -> None:
    found = RunFollower(run).progress()
    results = read_run(run).results
    accuracies = [result.accuracy for result in results if result.accuracy is not None]
    assert (found.status, found.planned, found.done, found.failed) == ("complete", 4, 4, 2)
    centroid, wrong = found.models
    assert (centroid.label, centroid.planned, centroid.done) == ("centroid[noise=0.5]", 2, 2)
    assert centroid.accuracy == pytest.approx(sum(accuracies) / 2)
    assert (wrong.failed, wrong.accuracy) == (2, None)
    assert found.latest is not None
    assert found.latest.spec == results[-1].spec


def test_it_grows_by_whole_lines(run: Path) -> None:
    lines = (run / "trials.jsonl").read_bytes().splitlines(keepends=True)
    _with(run, 1)
    follower = RunFollower(run)
    with sole_writer(run), (run / "trials.jsonl").open("ab") as file:
        seen = [follower.progress()]
        for part in (lines[1][:20], lines[1][20:], b"".join(lines[2:])):
            file.write(part)
            file.flush()
            seen.append(follower.progress())
    assert [found.done for found in seen] == [1, 1, 2, 4]
    assert {found.status for found in seen} == {"running"}


def test_a_run_that_nobody_writes_is_abandoned(run: Path) -> None:
    _with(run, 1)
    assert RunFollower(run).progress().status == "abandoned"


def test_a_run_that_is_taken_up_again_is_counted_anew(run: Path) -> None:
    follower = RunFollower(run)
    assert follower.progress().done == 4
    _with(run, 1)
    assert follower.progress().done == 1


def test_before_the_first_trial(run: Path) -> None:
    _with(run, 0)
    (run / "trials.jsonl").unlink()
    found = RunFollower(run).progress()
    assert (found.done, found.latest) == (0, None)
    assert [model.accuracy for model in found.models] == [None, None]


def test_damage_is_told(run: Path) -> None:
    (run / "trials.jsonl").write_bytes(b"{}\n")
    with pytest.raises(StoreError, match="from byte 0 on, is damaged"):
        RunFollower(run).progress()
    shutil.rmtree(run)
    with pytest.raises(StoreError, match="cannot read"):
        RunFollower(run).progress()
