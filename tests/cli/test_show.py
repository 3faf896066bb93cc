"""`digitbench show`: a stored run again, in every form, and damage named."""

import subprocess
import sys
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


def test_what_is_not_shown_is_not_imported(run: Path) -> None:
    """That is what `show` takes: what is not loaded costs no time."""
    code = """
import sys
sys.argv = ["digitbench", "show"]
from digitbench.cli import main
try:
    main()
finally:
    print("LOADED", *sys.modules, file=sys.stderr)
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    loaded = set(result.stderr.splitlines()[-1].split()[1:])
    spared = {"tensorflow", "sklearn", "pandas", "requests", "psutil", "asyncio", "rich.progress"}
    spared |= {"scipy.stats", "scipy.optimize", "scipy.linalg", "threadpoolctl"}
    assert not loaded & spared
    rooms = {name.split(".")[1] for name in loaded if name.startswith("digitbench.")}
    assert not rooms & {"plugins", "plugin_host", "runner", "testing", "serve", "api", "pictures"}
    parts = {
        "digitbench.report.document",
        "digitbench.report.page",
        "digitbench.report.metrics_table",
    }
    parts |= {"digitbench.report.sets_overview", "digitbench.display.progress"}
    assert not loaded & parts


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


@pytest.fixture
def run_with_sets(command: Command, plugin_file: PluginFile, workdir: Path) -> None:
    """Make a run with two further test sets."""
    files = [plugin_file(name) for name in ("elsewhere", "deadly_sets", "further_sets")]
    plugins = [part for file in files for part in ("--plugin-file", file)]
    fixed = ("--offline", "--engine", "inline", "-t", "2", "-d", "tiny")
    outcome = command("run", "is-fine", *fixed, *plugins, "--test-sets", "dim[steps=3],negative")
    assert outcome.code == 0
    assert "negative: " in outcome.out
    assert "mean of 3, %" in outcome.out


@pytest.mark.usefixtures("run_with_sets")
def test_the_conditions_of_a_further_test_set(command: Command) -> None:
    document = command("show", "--json").json
    dim, _ = document["test_sets"]
    table = command("show", "--test-set", "dim").out
    (row,) = (
        line
        for line in table.splitlines()
        if line.startswith(f"{dim['conditions'][0]['condition']} ")
    )
    mean = sum(one["models"][0]["accuracy_mean"] for one in dim["conditions"]) / 3
    assert f"{100 * mean:.2f}" in row
    each = command("show", "--test-set", "dim[steps=3]", "--wide").out
    for one in dim["conditions"]:
        name = f"{one['condition']}@{one['severity']:g}"
        (row,) = (line for line in each.splitlines() if line.startswith(f"{name} "))
        assert f"{100 * one['models'][0]['accuracy_mean']:.2f}" in row


@pytest.mark.usefixtures("run_with_sets")
def test_sets_and_models_that_are_not_there_get_one_line(command: Command) -> None:
    for arguments, message in (
        (("--test-set", "kmnist"), "no test set kmnist; there are: dim[steps=3], negative"),
        (("--relative-to", "knn"), "no model knn to be relative to; there are: is-fine"),
    ):
        outcome = command("show", *arguments)
        assert outcome.code == 2
        assert message in outcome.err
        assert len(outcome.err.splitlines()) == 1
