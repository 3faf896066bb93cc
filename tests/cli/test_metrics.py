"""A metric from a plugin's file: in JSON, CSV, the page, `show --metrics` and `choose`."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def run(command: Command, plugin_file: PluginFile, workdir: Path) -> None:
    """Make a run without the plugin of the metric."""
    outcome = command(
        *("run", "--offline", "-d", "digits", "-m", "centroid,centroid[noise=20]", "-t", "3"),
        *("--threads", "1", "--engine", "inline", "--plugin-file", plugin_file("centroid")),
    )
    assert outcome.code == 0


@pytest.mark.usefixtures("run")
def test_a_stored_run_shows_a_metric_of_one_file(command: Command, plugin_file: PluginFile) -> None:
    with_it = ("--plugin-file", plugin_file("one_metric"))
    models = command("show", "--json", *with_it).json["models"]
    for model in models:
        found = model["metrics"]["zeros_missed"]
        values = [trial["metrics"]["zeros_missed"] for trial in model["trials"]]
        assert found["mean"] == pytest.approx(sum(values) / len(values))
        assert (found["heading"], found["unit"]) == ("Zeros missed", "images")
        assert {"macro_f1", "log_loss", "brier_score", "ece"} < model["metrics"].keys()
    assert "zeros_missed" not in command("show", "--json").json["models"][0]["metrics"]

    table = command("show", "--metrics", *with_it).out
    assert "Zeros missed, images" in table
    assert "Macro-F1" in table
    assert "Macro-F1" not in command("show").out

    rows = list(csv.DictReader(io.StringIO(command("report", "-f", "csv", *with_it).out)))
    means = {row["model"]: row["zeros_missed_mean"] for row in rows if row["kind"] == "model"}
    assert {k: float(v) for k, v in means.items()} == {
        model["model"]: model["metrics"]["zeros_missed"]["mean"] for model in models
    }
    page = command("report", "-o", "-", "--offline", *with_it).out
    assert "Zeros missed, images" in page

    few = min(model["metrics"]["zeros_missed"]["mean"] for model in models)
    choice = command("choose", "--limit", f"zeros_missed={few}", "--json", *with_it).json
    assert choice["limits"]["max_zeros_missed"] == few
    assert choice["chosen"] == "centroid"
    nothing = command("choose", "--limit", "macro_f1=1.5")
    assert "No model is within the limits." in nothing.out
    assert nothing.out.count("Macro-F1 under 1.5") == 2


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("zeros", "cannot read --limit 'zeros': write METRIC=VALUE"),
        ("zeros=1", "there is no metric 'zeros'; there are accuracy, "),
        ("log_loss=little", "cannot read --limit log_loss= 'little': write a number"),
        ("fit_seconds=3", "cannot read --limit fit_seconds= '3': "),
    ],
)
def test_a_limit_that_cannot_be_read(command: Command, limit: str, said: str) -> None:
    outcome = command("choose", "--limit", limit)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


@pytest.mark.usefixtures("run")
def test_a_metric_that_fails_is_one_warning(command: Command, plugin_file: PluginFile) -> None:
    outcome = command("show", "--metrics", "--plugin-file", plugin_file("error_counts"))
    assert outcome.code == 0
    assert outcome.err.count("metric 'raises' is left out: ZeroDivisionError") == 1
    assert "zeros_missed, images" in outcome.out
