"""The runs there have been: newest first, so many and no more, without the damaged ones."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.history import earlier_runs
from digitbench.runner.run import run_plan
from digitbench.runner.trial import TrialData
from digitbench.types import RunPlan


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
