"""`digitbench show`: a stored run again, in every form, and damage named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def run(command: Command, plugin_file: PluginFile, workdir: Path) -> Path:
    """Make a run and return its directory."""
    arguments = ("-d", "digits", "-m", "centroid[noise=0.5]", "-t", "2")
    outcome = command(
        "run", "--offline", *arguments, "--plugin-file", plugin_file("centroid"), "--threads", "1"
    )
    assert outcome.code == 0
    (path,) = (workdir / "runs").iterdir()
    return path


def test_a_run_is_shown_by_name_or_path_or_as_the_latest(command: Command, run: Path) -> None:
    latest = command("show")
    assert latest.code == 0
    assert "centroid[noise=0.5]" in latest.out
    assert command("show", run.name).out == latest.out
    assert command("show", run, "--runs-dir", "elsewhere").out == latest.out


def test_the_same_figures_as_json_and_per_trial(command: Command, run: Path) -> None:
    document = command("show", "--json").json
    assert document["run"] == run.name
    (model,) = document["models"]
    assert [trial["trial"] for trial in model["trials"]] == [1, 2]
    table = command("show", "--trials-table").out
    for trial in model["trials"]:
        assert f"{100 * trial['accuracy']:.2f}" in table


def test_no_run_and_damaged_runs_get_one_line(command: Command, run: Path) -> None:
    for arguments, message in (
        (("show", "nothing"), "there is no run 'nothing'"),
        (("show", "--runs-dir", "elsewhere"), "there are no runs in elsewhere"),
    ):
        outcome = command(*arguments)
        assert outcome.code == 2
        assert message in outcome.err
        assert len(outcome.err.splitlines()) == 1
    (run / "test_labels.npy").write_bytes(b"")
    outcome = command("show", run)
    assert outcome.code == 2
    assert outcome.err.endswith("test_labels.npy is missing or damaged\n")
