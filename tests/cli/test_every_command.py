"""What holds of every command that prints results: pipes, narrow terminals, JSON, no colours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
RESULTS = (
    ("show",),
    ("show", "--trials-table"),
    ("compare", "centroid", "centroid[noise=0.5]", "--offline"),
    ("list",),
    ("history", "centroid"),
    ("choose",),
    ("models",),
    ("models", "cnn"),
    ("test-sets",),
    ("doctor",),
    ("data", "list"),
    ("data", "verify"),
    ("data", "fetch", "digits"),
    ("check", "--run", "latest", "--min-accuracy", "0.1"),
    ("run", "--dry-run", "--quick", "-m", "knn", "--offline"),
)
NOT_FOLDED = ("list", "history", "check", "data fetch")
"""Commands with names or sentences that are left whole, to be copied."""


@pytest.fixture
def runs(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands find the run."""
    monkeypatch.setenv("DIGITBENCH_RUNS_DIR", str(stored))


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("line", RESULTS, ids=" ".join)
def test_piped_at_forty_columns(
    line: tuple[str, ...], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    outcome = command(*line)
    assert outcome.code == 0
    assert outcome.out
    assert "\x1b" not in outcome.out + outcome.err
    if not " ".join(line).startswith(NOT_FOLDED):
        wide = [text for text in outcome.out.splitlines() if len(text) > 40]
        assert not wide, wide


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("line", RESULTS, ids=" ".join)
def test_no_color_is_heeded_where_colours_are_forced(
    line: tuple[str, ...], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    outcome = command(*line)
    assert outcome.code == 0
    for colour in ("\x1b[3", "\x1b[1;3", "\x1b[9"):
        assert colour not in outcome.out.replace("\x1b[3m", "")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("line", RESULTS, ids=" ".join)
def test_json_is_all_there_is_on_stdout(line: tuple[str, ...], command: Command) -> None:
    outcome = command(*line, "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["document_version"] >= 1


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("name", ["x" * 400, "x\0y", "a/b\nc", ""])
@pytest.mark.parametrize("line", ["show", "report", "choose", "baseline", "export --to mlflow"])
def test_a_name_that_can_be_no_run_is_one_line(line: str, name: str, command: Command) -> None:
    outcome = command(*line.split(), name)
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
