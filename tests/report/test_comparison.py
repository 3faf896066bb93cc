"""The comparison: every figure in it, whole at every width, faults in sight."""

import io

import pytest
from rich.console import Console

from digitbench.analysis.summary import summarise
from digitbench.report import numbers
from digitbench.report.comparison import comparison, dataset_title
from digitbench.report.trials import trials_tables
from digitbench.types import RunRecord


def printed(record: RunRecord, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(comparison(record, console))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_figure_is_there_and_nothing_is_cut(record: RunRecord, width: int) -> None:
    text = printed(record, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    noisy, sure, failing = summarise(record)
    assert noisy.accuracy is not None
    assert noisy.fit_seconds is not None
    assert sure.accuracy is not None
    for figure in (
        numbers.percent(noisy.accuracy.mean),
        numbers.points(noisy.accuracy.std),
        numbers.percent(noisy.accuracy.minimum),
        numbers.percent(noisy.accuracy.maximum),
        numbers.interval(noisy.accuracy),
        numbers.duration(noisy.fit_seconds.mean),
        numbers.duration(noisy.predict_seconds_per_image),
        numbers.count(noisy.n_parameters),
        numbers.size(noisy.peak_memory_bytes),
        "92.00",
        "1 det.",
        "0/3",
    ):
        assert figure in text
    assert failing.planned.label in text


def test_wide_is_one_table_and_narrow_is_two(record: RunRecord) -> None:
    assert printed(record, 120).count("Model") == 1
    assert printed(record, 80).count("Model") == 2


def test_failures_are_named_in_a_line_each(record: RunRecord) -> None:
    text = printed(record, 200)
    reason = "failed: predict returned labels from 10 to 10; digits are 0 to 9"
    for trial in (1, 2, 3):
        assert f"wrong-labels, trial {trial} {reason}" in text


def test_the_title_says_which_data(record: RunRecord) -> None:
    text = printed(record, 120)
    assert text.startswith("mnist: 60 train / 20 validation / 40 test images, canonical\n")
    dataset = record.plan.dataset.model_copy(update={"canonical": False, "validation_size": 0})
    assert dataset_title(dataset) == "mnist: 60 train / 40 test images, NOT the canonical data"
    dataset = dataset.model_copy(update={"canonical": None})
    assert dataset_title(dataset).endswith("not known to be canonical")


def test_a_std_of_one_trial_is_absent(record: RunRecord) -> None:
    lines = printed(record, 120).splitlines()
    (sure,) = (line for line in lines if line.startswith("centroid "))
    assert sure.count("—") == 3  # std, interval and the paper's mean
    (failing,) = (line for line in lines if line.startswith("wrong-labels  "))
    assert failing.split()[1:3] == ["0/3", "failed"]


@pytest.mark.parametrize(
    ("status", "note"), [("interrupted", "was interrupted"), ("running", "has not finished")]
)
def test_an_unfinished_run_says_so(record: RunRecord, status: str, note: str) -> None:
    unfinished = record.model_copy(update={"status": status, "results": record.results[:2]})
    text = printed(unfinished, 120)
    assert note in text
    assert "1/3" in text
    assert note not in printed(record, 120)


def test_the_paper_is_named_only_where_it_is_shown(record: RunRecord) -> None:
    assert "Paper: mean of A Paper, Table 2." in printed(record, 120)
    other = record.plan.dataset.model_copy(update={"canonical": False})
    elsewhere = record.model_copy(
        update={"plan": record.plan.model_copy(update={"dataset": other})}
    )
    assert "Paper" not in printed(elsewhere, 120)


def test_trials_stand_one_per_row_beside_the_papers(record: RunRecord) -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(trials_tables(record))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    noisy = summarise(record)[0]
    rows = [line.split() for line in text.splitlines() if line.strip()[:2] in {"1 ", "2 ", "3 "}]
    assert [row[0] for row in rows] == ["1", "2", "3", "1", "1", "2", "3"]
    for row, trial, published in zip(rows, noisy.trials, ("91.00", "93.00", "—"), strict=False):
        assert row[1:5] == ["60", "40", numbers.percent(trial.accuracy), published]
    assert text.count("failed") == 6
