"""`digitbench choose`: limits as typed, a choice in words and as JSON, and nothing that fits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def run(command: Command, plugin_file: PluginFile, workdir: Path) -> Path:
    """Make a run of a good model and a bad one and return its directory."""
    models = "centroid,centroid[noise=20]"
    outcome = command(
        *("run", "--offline", "-d", "digits", "-m", models, "-t", "3", "--threads", "1"),
        *("--engine", "inline", "--plugin-file", plugin_file("centroid")),
    )
    assert outcome.code == 0
    (path,) = (workdir / "runs").iterdir()
    return path


def test_without_limits_the_most_accurate_model(command: Command, run: Path) -> None:
    outcome = command("choose")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "centroid is the most accurate of 2 models: " in outcome.out
    assert "less accurate than centroid" in outcome.out
    assert command("choose", run.name).out == outcome.out


def test_limits_are_kept(command: Command, run: Path) -> None:
    document = command("choose", "--max-size", "1MB", "--max-fit", "1h", "--json").json
    assert document["run"] == run.name
    assert document["chosen"] == "centroid"
    assert document["limits"] == {
        "max_fit_seconds": 3600.0,
        "max_predict_seconds_per_image": None,
        "max_latency_seconds": None,
        "max_size_bytes": 1e6,
        "max_memory_bytes": None,
    }
    verdicts = [model["verdict"] for model in document["models"]]
    assert verdicts == ["chosen", "less accurate"]


def test_if_nothing_fits_it_is_said_and_is_no_error(command: Command, run: Path) -> None:
    outcome = command("choose", "--max-size", "1KiB", "--max-fit", "1h")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "No model is within the limits." in outcome.out
    assert "its size of 61.2 KiB is 61.2 times the limit of 1KiB." in outcome.out
    assert outcome.out.count("size over 1KiB") == 2
    document = command("choose", "--max-size", "1KiB", "--json").json
    assert document["chosen"] is None
    assert document["closest"] in ("centroid", "centroid[noise=20.0]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--max-latency", "1"),
        ("--max-latency", "1MB"),
        ("--max-size", "1ms"),
        ("--max-memory", "lots"),
        ("--max-fit", "-1s"),
        ("--max-predict", "0us"),
    ],
)
def test_nonsense_gets_one_line_before_anything_is_read(
    command: Command, arguments: tuple[str, str]
) -> None:
    outcome = command("choose", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: cannot read {arguments[0]} '{arguments[1]}': ")
    assert len(outcome.err.splitlines()) == 1


def test_no_run_gets_one_line(command: Command) -> None:
    outcome = command("choose", "nothing")
    assert outcome.code == 2
    assert outcome.err.startswith("error: there is no run 'nothing'")
