"""`digitbench writers`: who is misread, on a small data set whose writers are known."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

MODELS = "centroid[noise=3],centroid[noise=0.2]"
WORSE, BETTER = "centroid[noise=3.0]", "centroid[noise=0.2]"


@pytest.fixture
def plugins(plugin_file: Callable[[str], Path], workdir: Path) -> tuple[str, ...]:
    """Options that make the models and the data set with writers known."""
    files = [shutil.copy(plugin_file(name), workdir) for name in ("centroid", "handwriting")]
    return tuple(part for file in files for part in ("--plugin-file", str(file)))


@pytest.fixture
def writers(command: Command, plugins: tuple[str, ...]) -> Callable[..., Any]:
    """Make a run of two models and return a function that shows its writers."""
    engine = ("--engine", "inline", "--threads", "1")
    outcome = command("run", *plugins, "-d", "handwriting", *engine, "-m", MODELS, "-t", "2")
    assert outcome.code == 0, outcome.err
    return lambda *options: command("writers", *plugins, "--offline", *options)


def test_the_most_accurate_model_is_told_of(writers: Callable[..., Any]) -> None:
    outcome = writers()
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    first, second, *_ = outcome.out.splitlines()
    assert first.startswith(BETTER)
    assert "12 writers; staff: 9 writers, 90 images; students: 3 writers, 30 images" in outcome.out
    assert second.startswith(f"{BETTER}: 2 of the 12 writers make")
    assert f"The writers that {BETTER} misreads most" in outcome.out
    assert f"The writers that {WORSE} misreads most" not in outcome.out
    rows = [line.split() for line in outcome.out.splitlines() if line.startswith("centroid[")]
    assert [row[0] for row in rows][-2:] == [BETTER, WORSE]
    assert "· true" in outcome.out
    assert "▓" in outcome.out


def test_nothing_is_wider_than_the_terminal(
    writers: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in (80, 60, 40):
        monkeypatch.setenv("COLUMNS", str(columns))
        for options in ((), ("-m", MODELS)):
            lines = writers(*options).out.splitlines()
            assert max(map(len, lines)) <= columns


def test_two_models_are_held_against_each_other(writers: Callable[..., Any]) -> None:
    outcome = writers("-m", MODELS, "-n", "2", "-w", "3")
    assert outcome.code == 0, outcome.err
    text = " ".join(outcome.out.split())
    assert f"The writers on which {WORSE} (A) and {BETTER} (B) differ most" in text
    shown = [line for line in outcome.out.splitlines() if line.startswith("Writer 1")]
    assert len(shown) == 3
    assert "misreads most" not in text


def test_one_model_alone_has_its_worst_writers_told(writers: Callable[..., Any]) -> None:
    outcome = writers("-m", WORSE, "-w", "2", "-n", "1")
    assert f"The writers that {WORSE} misreads most" in outcome.out
    assert BETTER not in outcome.out
    headings = [line for line in outcome.out.splitlines() if line.startswith("Writer 1")]
    assert len(headings) == 2
    assert outcome.out.count("· true") == 2


def test_no_writer_one_by_one(writers: Callable[..., Any]) -> None:
    outcome = writers("--writers", "0")
    assert outcome.code == 0
    assert "misreads most" not in outcome.out
    assert "· true" not in outcome.out
    assert "ICC" in outcome.out
    without_digits = writers("--images", "0").out
    assert "misreads most" in without_digits
    assert "· true" not in without_digits


def test_json_says_all_of_every_writer(writers: Callable[..., Any]) -> None:
    outcome = writers("--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert (found["name"], found["count"], found["compared"]) == ("writer", 12, None)
    assert found["dataset"]["name"] == "handwriting"
    assert found["differences"] == []
    assert [model["model"] for model in found["models"]] == [BETTER, WORSE]
    for model in found["models"]:
        groups = model["groups"]
        assert sorted(group["group"] for group in groups) == list(range(100, 112))
        assert sum(group["images"] for group in groups) == 120
        wrong = sum(group["wrong"] for group in groups)
        assert sum(group["expected"] for group in groups) == pytest.approx(wrong)
        by_stratum = sum(one["error"] * one["images"] for one in model["strata"])
        assert by_stratum == pytest.approx(wrong)
        beyond = [group["wrong"] - group["expected"] for group in groups]
        assert beyond == sorted(beyond, reverse=True)


def test_json_of_two_models_has_their_differences(writers: Callable[..., Any]) -> None:
    found = writers("--json", "-m", MODELS).json
    assert found["compared"] == [WORSE, BETTER]
    assert len(found["differences"]) == 12
    sizes = [abs(group["difference"]) for group in found["differences"]]
    assert sizes == sorted(sizes, reverse=True)
    for group in found["differences"]:
        assert group["difference"] == pytest.approx(group["b_wrong"] - group["a_wrong"])


def test_a_run_without_writers_is_refused_in_a_line(command: Command, stored: Path) -> None:
    for options in ((), ("--json",), ("--writers", "0")):
        outcome = command("writers", "--runs-dir", stored, *options)
        assert outcome.code == 2
        assert outcome.out == ""
        (line,) = outcome.err.splitlines()
        assert "not known which test images belong together" in line


def test_an_unknown_model_is_refused_in_a_line(writers: Callable[..., Any]) -> None:
    outcome = writers("-m", "nobody")
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    assert "nobody" in line


def test_digits_that_cannot_be_had_are_told_in_words(
    writers: Callable[..., Any], command: Command
) -> None:
    Path("handwriting.py").unlink()
    outcome = command("writers", "--offline")
    assert outcome.code == 0
    assert "warning" in outcome.err
    assert "· true" in outcome.out
    assert "▓" not in outcome.out


def test_show_has_the_same_figures_without_every_writer(
    writers: Callable[..., Any], command: Command, stored: Path
) -> None:
    shown, found = command("show", "--json").json["groups"], writers("--json").json
    assert (shown["name"], shown["count"]) == ("writer", 12)
    for model in found["models"]:
        del model["groups"]
    by_name = {model["model"]: model for model in shown["models"]}
    assert by_name == {model["model"]: model for model in found["models"]}
    assert command("show", "--json", "--runs-dir", stored).json["groups"] is None
