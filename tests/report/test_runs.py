"""The list of runs: a table or stacked lines, names whole, damage told, and the JSON document."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from digitbench.errors import StoreError
from digitbench.report.document import to_json
from digitbench.report.runs import RunRow, run_row, runs_document, runs_table
from digitbench.types import RunRecord

LONG_NAME = f"20260101T000000Z-{'x' * 70}"


@pytest.fixture
def shown() -> Callable[[list[RunRow], int], str]:
    """Return a function that prints rows on a console of so many columns."""

    def show(rows: list[RunRow], width: int) -> str:
        console = Console(file=io.StringIO(), width=width)
        console.print(runs_table(rows, console), crop=False)
        output = console.file
        assert isinstance(output, io.StringIO)
        return output.getvalue()

    return show


@pytest.fixture
def row(record: RunRecord) -> RunRow:
    return run_row(Path("runs", record.id), record)


def test_a_wide_console_gets_a_table(
    row: RunRow, record: RunRecord, shown: Callable[[list[RunRow], int], str]
) -> None:
    heading, _, *lines = shown([row], 180).splitlines()
    for name in ("Date (UTC)", "Run", "Models", "Trials", "Data", "Status", "Verdict"):
        assert name in heading
    assert record.id in lines[0]
    assert f"{record.started_at:%Y-%m-%d %H:%M}" in lines[0]
    assert "complete, 3 failed" in lines[0]


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_console_gets_lines_and_the_whole_name(
    row: RunRow, width: int, shown: Callable[[list[RunRow], int], str]
) -> None:
    long = RunRow(LONG_NAME, row.record, row.comparison)
    lines = shown([long], width).splitlines()
    assert lines[0] == LONG_NAME
    assert all(len(line) <= width for line in lines[1:])
    assert "mnist, 3 trials, complete, 3 failed" in lines[1]
    assert "centroid[noise=0.3], centroid, wrong-labels" in lines[2]
    assert row.verdict is not None
    assert row.verdict in " ".join(map(str.strip, lines[3:]))


def test_what_has_not_ended_is_counted(
    record: RunRecord, shown: Callable[[list[RunRow], int], str]
) -> None:
    cut = record.model_copy(update={"results": record.results[:2], "status": "interrupted"})
    assert "interrupted, 2 of 7" in shown([run_row(Path(record.id), cut)], 80)
    empty = record.model_copy(update={"results": (), "status": "running"})
    text = shown([run_row(Path(record.id), empty)], 80)
    assert "running, 0 of 7" in text
    assert "no trial has ended" in text
    failed = record.model_copy(update={"results": record.failed})
    assert "no trial succeeded" in shown([run_row(Path(record.id), failed)], 80)


@pytest.mark.parametrize("width", [80, 200])
def test_a_damaged_run_says_so(
    row: RunRow, width: int, shown: Callable[[list[RunRow], int], str]
) -> None:
    path = Path("runs", "bad")
    bad = run_row(path, StoreError(f"{path / 'manifest.json'} is\nno manifest"))
    assert bad.error == "manifest.json is no manifest"
    text = shown([row, bad], width)
    assert "damaged" in text
    assert "bad" in text
    assert "manifest.json is" in text


def test_hostile_names_stay_text(
    record: RunRecord, shown: Callable[[list[RunRow], int], str]
) -> None:
    hostile = "[red]\x1b[2J\n[/red]"
    plan = record.plan.model_copy(
        update={"dataset": record.plan.dataset.model_copy(update={"name": hostile})}
    )
    changed = record.model_copy(update={"plan": plan})
    for width in (80, 250):
        text = shown([run_row(Path("runs", "[bold]x"), changed)], width)
        assert "\x1b" not in text
        assert r"[red]\x1b[2J\n[/red]" in text
        assert "[bold]x" in text


def test_the_document(row: RunRow, record: RunRecord) -> None:
    bad = run_row(Path("bad"), StoreError("torn"))
    document = runs_document([row, bad], total=7)
    to_json(document)
    assert document["total"] == 7
    sound, damaged = document["runs"]
    assert sound.keys() == damaged.keys()
    assert sound["run"] == record.id
    assert sound["dataset"]["name"] == "mnist"
    assert (sound["trials_planned"], sound["trials_finished"], sound["trials_failed"]) == (7, 7, 3)
    assert sound["verdict"] == row.verdict
    assert [model["model"] for model in sound["models"]] == [
        "centroid[noise=0.3]",
        "centroid",
        "wrong-labels",
    ]
    assert sound["models"][2] == {"model": "wrong-labels", "place": None, "accuracy_mean": None}
    assert 0 < sound["models"][0]["accuracy_mean"] <= 1
    assert sound["models"][1]["place"] == "best"
    assert damaged["error"] == "torn"
    assert {name for name, value in damaged.items() if value is not None} == {"run", "error"}


def test_deterministic_models_have_one_trial_whatever_was_asked_for(
    record: RunRecord, shown: Callable[[list[RunRow], int], str]
) -> None:
    once = tuple(model.model_copy(update={"deterministic": True}) for model in record.plan.models)
    plan = record.plan.model_copy(update={"models": once})
    alone = run_row(Path("runs", record.id), record.model_copy(update={"plan": plan}))
    assert ", 1 trial, " in shown([alone], 80)
