"""`digitbench history`: a model over the runs, near matches for an unknown one, damage skipped."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import RunPlan, TrialData

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def stored(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make two runs with other seeds and return the root."""
    host = host_of("centroid")
    root = tmp_path_factory.mktemp("stored")
    for day, models in ((1, "centroid[noise=0.5],centroid"), (2, "centroid[noise=0.5]")):
        plan = plan_of(host, models, trials=3, seed=day)
        path = run_plan(plan, host, tiny_data, InlineEngine(), root)
        path.rename(root / f"2026010{day}T000000Z-run")
    return root


@pytest.fixture
def runs(stored: Path, workdir: Path) -> Path:
    """Return a copy of the root that a test may damage."""
    return Path(shutil.copytree(stored, workdir / "runs"))


def test_a_model_over_the_runs(command: Command, runs: Path) -> None:
    outcome = command("history", "centroid")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "centroid[noise=0.5] on tiny" in outcome.out
    assert "centroid on tiny" in outcome.out
    assert "seed: 1 → 2" in outcome.out
    noisy, sure = command("history", "centroid", "--json").json["series"]
    assert [run["run"] for run in noisy["runs"]] == [
        "20260101T000000Z-run",
        "20260102T000000Z-run",
    ]
    assert [change["what"] for change in noisy["runs"][1]["changes"]] == ["seed"]
    shown = command("show", "20260102T000000Z-run", "--json").json["models"][0]
    for name in ("accuracy_mean", "accuracy_std", "fit_seconds_mean", "model_size_bytes"):
        assert noisy["runs"][1][name] == shown[name]
    assert len(sure["runs"]) == 1


def test_one_set_of_options_by_its_label(command: Command, runs: Path) -> None:
    (series,) = command("history", "centroid[noise=0.5]", "--json").json["series"]
    assert series["model"] == "centroid[noise=0.5]"


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("centriod", "did you mean centroid"),
        ("centroid[noise=0.4]", "did you mean centroid[noise=0.5]"),
        ("zzz", "they have: centroid, centroid[noise=0.5]"),
    ],
)
def test_an_unknown_model_gets_near_matches(
    model: str, hint: str, command: Command, runs: Path
) -> None:
    outcome = command("history", model)
    assert outcome.code == 2
    assert hint in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_no_run_gets_one_line(command: Command, workdir: Path) -> None:
    outcome = command("history", "cnn")
    assert outcome.code == 2
    assert "there are no runs in runs" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize("file", ["manifest.json", "trials.jsonl"])
def test_a_damaged_run_is_left_out_with_a_warning(file: str, command: Command, runs: Path) -> None:
    (runs / "20260101T000000Z-run" / file).write_bytes(b"{\n")
    outcome = command("history", "centroid")
    assert outcome.code == 0
    assert "warning: an earlier run is left out" in outcome.err
    assert "20260102T000000Z-run" in outcome.out
    assert "20260101T000000Z-run" not in outcome.out


def test_a_test_set_that_no_run_has(command: Command, runs: Path) -> None:
    outcome = command("history", "centroid", "--test-set", "[bold]x")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: no run of centroid has predictions of a test set [bold]x; they have none\n"
    )
