"""What the shell is offered, asked as bash, zsh and fish ask."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import RunPlan, TrialData

Complete = Callable[..., list[str]]
HEAVY = ("tensorflow", "keras", "sklearn", "torch", "scipy", "rich", "psutil", "requests")

_MAIN = """
import sys
from digitbench.cli import main
try:
    main()
finally:
    print([name for name in {heavy!r} if name in sys.modules], file=open("loaded", "w"))
"""


def _asked(words: Sequence[str], shell: str) -> dict[str, str]:
    """Return the environment variables by which a shell asks to complete the last word."""
    line = " ".join(words)
    return {
        "_DIGITBENCH_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }


@pytest.fixture
def complete(workdir: Path) -> Complete:
    """Return a function that completes the last word of a line; it may be empty."""

    def completed(*words: str, of: str = "bash") -> list[str]:
        result = CliRunner().invoke(app, [], prog_name="digitbench", env=_asked(words, of))
        assert result.stderr == ""
        return result.stdout.split("\n")[:-1]

    return completed


@pytest.mark.parametrize(
    "shell", ["bash", *(pytest.param(other, marks=pytest.mark.slow) for other in ("zsh", "fish"))]
)
def test_no_framework_is_imported(shell: str, workdir: Path) -> None:
    # For zsh and fish Typer itself takes Rich to clean the texts beside what is offered.
    heavy = [name for name in HEAVY if shell == "bash" or name != "rich"]
    result = subprocess.run(
        [sys.executable, "-c", _MAIN.format(heavy=heavy)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | _asked(("digitbench", "run", "--models", "softmax,c"), shell),
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "softmax,cnn" in result.stdout
    assert Path("loaded").read_text() == "[]\n"


@pytest.fixture
def runs(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    workdir: Path,
) -> list[str]:
    """Make two runs and return their names, newest first."""
    host = host_of("centroid")
    plan = plan_of(host, "centroid,centroid[noise=0.5]", trials=1)
    made = [run_plan(plan, host, tiny_data, InlineEngine(), workdir / "runs") for _ in range(2)]
    return [path.name for path in reversed(made)]


def test_models_in_a_list_in_each_shell(complete: Complete) -> None:
    words = ("digitbench", "run", "--models", "softmax,c")
    assert complete(*words) == ["softmax,cnn"]
    (zsh,) = complete(*words, of="zsh")
    assert re.fullmatch(r"_arguments '\*: :\(\(\"softmax,cnn\":\".+\"\)\)'", zsh)
    (fish,) = complete(*words, of="fish")
    assert fish.startswith("softmax,cnn\tTen-layer convolutional network")


def test_options_in_brackets(complete: Complete) -> None:
    assert "knn[k=3]" in complete("digitbench", "run", "-m", "knn[")
    assert complete("digitbench", "run", "-m", "'svm,knn[k=5,w") == ["svm,knn[k=5,weights=uniform]"]


def test_names_of_data_sets_exporters_formats_and_commands(complete: Complete) -> None:
    assert complete("digitbench", "data", "fetch", "mn") == ["mnist"]
    assert complete("digitbench", "run", "--dataset", "di") == ["digits"]
    assert complete("digitbench", "export", "--to", "m") == ["mlflow"]
    assert complete("digitbench", "check", "--engine", "da") == ["dask"]
    assert complete("digitbench", "report", "--format", "la") == ["latex"]
    assert complete("digitbench", "doc") == ["doctor"]
    assert complete("digitbench", "plugin", "check", "kn") == ["knn"]


def test_test_sets_in_a_list_data_sets_among_them(
    complete: Complete, plugin_file: Callable[[str], Path]
) -> None:
    line = ("digitbench", "run", "--plugin-file", str(plugin_file("further_sets")), "--test-sets")
    assert complete(*line, "negative,di") == [
        "negative,disputed",
        "negative,dim",
        "negative,digits",
    ]
    assert complete(*line, "pla") == ["place:"]
    assert complete(*line, "usps,dim[") == ["usps,dim[steps=2]", "usps,dim[by=1.5]"]
    assert complete(*line, "negative[") == [""]
    assert complete("digitbench", "test-sets", "pict") == ["pictures:"]


def test_ways_to_hold_out_and_to_draw_training_images(complete: Complete) -> None:
    for command in ("run", "check"):
        assert complete("digitbench", command, "--validation", "w") == ["writers:5000"]
    ways = ["bootstrap", "subsample", "writers"]
    assert complete("digitbench", "run", "--vary", "data", "--resample", "") == ways


def test_runs_newest_first(complete: Complete, runs: list[str]) -> None:
    assert complete("digitbench", "show", "") == ["latest", *runs]
    assert complete("digitbench", "run", "--resume", runs[0][:-2]) != []
    assert complete("digitbench", "show", "--runs-dir", "nowhere", "") == [""]


def test_runs_where_the_config_file_says(complete: Complete, runs: list[str]) -> None:
    Path("runs").rename("kept")
    Path("digitbench.toml").write_text('runs-dir = "kept"\n')
    assert complete("digitbench", "show", "") == ["latest", *runs]


def test_what_can_be_compared(complete: Complete, runs: list[str]) -> None:
    models = ["centroid", "centroid[noise=0.5]"]
    assert complete("digitbench", "compare", "") == [*models, "latest", *runs]
    assert complete("digitbench", "history", "cen") == models
    (fish,) = complete("digitbench", "compare", "cnn", f"{runs[1]}:centroid[", of="fish")
    assert fish == f"{runs[1]}:centroid[noise=0.5]"


def test_a_plugin_that_prints_or_fails_is_not_seen(
    complete: Complete, plugin_file: Callable[[str], Path]
) -> None:
    line = ("digitbench", "run", "--plugin-file")
    assert complete(*line, str(plugin_file("chatty")), "-m", "ch") == ["chatty"]
    assert complete(*line, str(plugin_file("raises_on_import")), "-m", "kn") == ["knn"]
    assert complete(*line, "nowhere.py", "-m", "kn") == [""]


@pytest.mark.parametrize("content", ["runs-dir = [", "runs-dir = 5\n"])
def test_bad_settings_and_damaged_runs_are_not_seen(
    content: str, complete: Complete, runs: list[str]
) -> None:
    Path("digitbench.toml").write_text(content)
    assert complete("digitbench", "show", "") == [""]
    Path("digitbench.toml").unlink()
    Path("runs", runs[0], "manifest.json").write_text("{")
    assert "centroid" in complete("digitbench", "history", "")
    for run in runs[1:]:
        Path("runs", run, "manifest.json").write_text("{")
    assert complete("digitbench", "compare", "") == [""]
