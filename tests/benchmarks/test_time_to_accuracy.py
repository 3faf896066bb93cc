import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

import time_to_accuracy
from benchlib import torch_example
from benchlib.curves import Point, Training
from benchlib.measurements import read
from benchlib.options import DataRequest
from benchlib.time_tables import Entry, print_tables, rows
from digitbench.errors import UsageError
from time_to_accuracy import Settings, plan_entries, run_entries

SETTINGS = Settings(DataRequest("digits"), threads=1, peer_epochs=None, stop_at=None)


def training(*points: tuple[float, float], stopped_early: bool = False) -> Training:
    numbered = (Point(number, *point) for number, point in enumerate(points, 1))
    return Training(tuple(numbered), 60_000, stopped_early, "CPU")


OURS = [
    (Entry("cnn", "cnn[epochs=1]", 0), training((20.0, 0.9885))),
    (Entry("cnn", "cnn[epochs=2]", 0), training((40.0, 0.9925))),
]
KERAS = [(Entry("keras", "keras", 0), training((50.0, 0.98), (100.0, 0.991), (150.0, 0.9906)))]


def printed(trainings: Sequence[tuple[Entry, Training]]) -> str:
    file = io.StringIO()
    print_tables(trainings, ["keras", "torch"], Console(file=file, width=160))
    return file.getvalue()


def row_of(text: str, heading: str, first: str) -> list[str]:
    """Return the cells of a row below a table's title, split at spaces."""
    lines = text.partition(heading)[2].splitlines()
    return next(line for line in lines if line.startswith(first)).split()


def test_trainings_of_one_contender_and_seed_make_a_row() -> None:
    ours, keras = rows([*OURS, *KERAS])
    assert [point.fit_seconds for point in ours.points] == [20.0, 40.0]
    assert ours.fit_seconds == 40.0
    assert keras.fit_seconds == 150.0


def test_tables_hold_the_figures() -> None:
    text = printed([*OURS, *KERAS])
    assert "cnn[epochs=2]" in text
    assert row_of(text, "Time to accuracy", "cnn ") == ["cnn", "0", "40.0", "40.0", "—"]
    assert row_of(text, "Time to accuracy", "keras ") == ["keras", "0", "100.0", "—", "—"]
    assert row_of(text, "Accuracy after", "cnn ") == ["cnn", "0", "99.25", "99.25", "99.25"]
    assert row_of(text, "Accuracy after", "keras ") == ["keras", "0", "98.00", "99.10", "99.06"]
    assert row_of(text, "Times as long", "keras ") == ["keras", "0", "2.5", ">", "3.8", "—"]


def test_a_peer_that_was_stopped_has_no_budget() -> None:
    stopped = [(KERAS[0][0], training((50.0, 0.98), (100.0, 0.991), stopped_early=True))]
    text = printed([*OURS, *stopped])
    assert "stopped early" in text
    assert row_of(text, "Accuracy after", "cnn ")[-1] == "—"


def test_a_lone_contender_is_compared_with_nobody() -> None:
    assert "Times as long" not in printed(OURS)
    assert "Times as long" not in printed(KERAS)


def test_entries_go_seed_by_seed() -> None:
    entries = plan_entries(["cnn", "torch"], ["iterations=30", "epochs=2"], ["softmax"], [0, 5])
    assert [(entry.contender, entry.subject, entry.seed) for entry in entries[:4]] == [
        ("cnn", "cnn[iterations=30]", 0),
        ("cnn", "cnn[epochs=2]", 0),
        ("softmax", "softmax", 0),
        ("torch", "torch", 0),
    ]
    assert [entry.seed for entry in entries] == [0] * 4 + [5] * 4


def test_an_unknown_model_is_refused_before_anything_is_trained() -> None:
    with pytest.raises(UsageError, match="there is no model"):
        plan_entries(["cnn"], ["epochs=1"], ["cnnn[epochs=1]"], [0])


def test_without_torch_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch_example, "is_installed", lambda: False)
    monkeypatch.setattr(
        time_to_accuracy, "in_own_process", lambda function, *args, **kwargs: KERAS[0][1]
    )
    path = tmp_path / "results.jsonl"
    entries = plan_entries(["keras", "torch"], [], [], [0])
    trainings, missing = run_entries(entries[::-1], SETTINGS, path)
    assert [entry.subject for entry, _ in trainings] == ["keras"]
    assert len(missing) == 1
    assert "torch, seed 0: PyTorch is not installed" in missing[0]
    assert missing[0] in capsys.readouterr().err
    (kept,) = read(path)
    assert kept.subject == "keras"
    assert kept.figures["seconds_to"] == {"0.99": 100.0, "0.992": None, "0.9938": None}
    assert kept.figures["accuracy"] == 0.9906
