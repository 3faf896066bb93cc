"""The runs there have been: newest first, so many and no more, without the damaged ones."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.history import earlier_runs, runs_of_model
from digitbench.runner.run import run_plan
from digitbench.types import RunPlan, TrialData


@pytest.fixture
def paths(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> list[Path]:
    """Make three runs and return their directories, oldest first."""
    host = host_of("centroid")
    plan = plan_of(host, "centroid")
    made = [run_plan(plan, host, tiny_data, InlineEngine(), tmp_path) for _ in range(3)]
    return [
        path.rename(path.with_name(f"2026010{day}T000000Z-centroid"))
        for day, path in enumerate(made, start=1)
    ]


def test_newest_first_and_no_more_than_asked_for(paths: list[Path]) -> None:
    root = paths[0].parent
    assert [record.id for record in earlier_runs(root)] == [path.name for path in paths[::-1]]
    assert [record.id for record in earlier_runs(root, most=1)] == [paths[2].name]


def test_a_damaged_run_is_left_out_with_a_warning(
    paths: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    (paths[1] / "manifest.json").write_text("{", encoding="utf-8")
    with caplog.at_level(logging.WARNING, logger="digitbench"):
        found = [record.id for record in earlier_runs(paths[0].parent)]
    assert found == [paths[2].name, paths[0].name]
    (message,) = caplog.messages
    assert paths[1].name in message


def test_no_directory_is_no_history(tmp_path: Path) -> None:
    assert list(earlier_runs(tmp_path / "nowhere")) == []


def test_the_runs_of_a_model_oldest_first(paths: list[Path]) -> None:
    root = paths[0].parent
    expected = [path.name for path in paths]
    assert [record.id for record in runs_of_model(root, "centroid")] == expected


def test_of_other_models_no_more_than_the_manifest_is_read(paths: list[Path]) -> None:
    manifest = paths[0] / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace('"centroid"', '"other"')
    manifest.write_text(text, encoding="utf-8")
    for name in ("trials.jsonl", "test_labels.npy", "predictions.bin"):
        (paths[0] / name).write_bytes(b"{")
    found = [record.id for record in runs_of_model(paths[0].parent, "centroid")]
    assert found == [path.name for path in paths[1:]]


def test_a_damaged_run_of_a_model_is_left_out_with_a_warning(
    paths: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    (paths[0] / "manifest.json").write_text("{", encoding="utf-8")
    (paths[1] / "test_labels.npy").write_bytes(b"")
    with caplog.at_level(logging.WARNING, logger="digitbench"):
        found = [record.id for record in runs_of_model(paths[0].parent, "centroid")]
    assert found == [paths[2].name]
    assert len(caplog.messages) == 2


def test_an_unknown_model_gets_near_matches(paths: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean centroid"):
        list(runs_of_model(paths[0].parent, "centriod"))
    with pytest.raises(UsageError, match="they have: centroid"):
        list(runs_of_model(paths[0].parent, "zzz"))
    with pytest.raises(UsageError, match="there are no runs"):
        list(runs_of_model(tmp_path / "nowhere", "centroid"))
