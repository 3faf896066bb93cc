"""The overview: the verdict first, one table of six columns within any width, faults before it."""

import io
import re

import pytest
from rich.console import Console

from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report.headline import headline
from digitbench.report.overview import overview
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of

LONG = [
    *(f"sklearn:linear_model.RidgeClassifier[alpha={alpha}]" for alpha in (0.1, 1, 10)),
    "sklearn:tree.DecisionTreeClassifier",
    "sklearn:discriminant_analysis.QuadraticDiscriminantAnalysis[reg_param=0.1]",
    *(f"knn[k={k}]" for k in (1, 3, 5, 7)),
    "svm[C=5,gamma=0.02]",
    "softmax",
    "cnn[epochs=2,filters=32/64/64]",
]


def printed(record: RunRecord, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(overview(record, console))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


def table_of(lines: list[str]) -> tuple[str, list[str]]:
    """Return the headings and the rows."""
    head = next(n for n, line in enumerate(lines) if line.startswith("Model "))
    end = next(n for n in range(head, len(lines)) if lines[n].startswith("made: "))
    return lines[head], [line for line in lines[head + 1 : end] if line.strip(" ─")]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("models", [1, 2, 5, 12])
def test_verdict_and_table_are_on_one_screen(models: int, width: int) -> None:
    made = [MadeModel(label, 0.99 - 0.05 * n) for n, label in enumerate(LONG[:models])]
    record = run_of(made)
    lines = printed(record, width)
    said = headline(summarise(record), compare_run(record))
    assert " ".join(" ".join(lines).split()).startswith(" ".join(said.sentences))
    assert max(map(len, lines)) <= width
    heading, rows = table_of(lines)
    assert {"Model", "Mean", "Fit", "Latency"} <= set(re.split(r"\W+", heading))
    assert len(rows) == models
    assert len(lines) <= 22  # of 24, with what to do next and the prompt
    if models > 1:
        assert [" best " in row for row in rows].count(True) == 1
        assert " best " in rows[0]


def test_rows_are_in_the_order_of_accuracy_and_say_how_far_behind_they_are() -> None:
    record = run_of([MadeModel("a", 0.5), MadeModel("b", 0.99), MadeModel("c", 0.985)])
    compared = compare_run(record)
    _, rows = table_of(printed(record, 120))
    assert [row.split()[0] for row in rows] == [m.outcomes.label for m in compared.models]
    means = [model.uncertainty.mean for model in compared.models]
    assert " best " in rows[0]
    assert f"tied {100 * (means[0] - means[1]):.2f} " in rows[1]
    assert f" {100 * (means[0] - means[2]):.2f} " in rows[2]
    assert "tied" not in rows[2]


def test_a_std_of_one_trial_is_absent() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.8, deterministic=True)])
    heading, (first, second) = table_of(printed(record, 120))
    assert "± std" in heading
    assert "± —" not in first
    assert "± —" in second
    alone = run_of([MadeModel("b", 0.8, deterministic=True)])
    assert not [line for line in printed(alone, 120) if "±" in line]


def test_failed_trials_stand_before_the_table_with_their_reason() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.9, trials=1), MadeModel("c", 0.9, 0)])
    lines = printed(record, 80)
    heading, rows = table_of(lines)
    before = "\n".join(lines[: lines.index(heading)])
    assert "b, trials 2, 3 failed: " in before
    assert "c, trials 1, 2, 3 failed: " in before
    assert "of the 2 of 3 models that ran" in before
    partial = next(row for row in rows if row.startswith("b"))
    assert "(1/3 trials)" in partial
    assert rows[-1].split()[:2] == ["c", "failed"]


def test_a_model_that_was_not_tested_says_so_in_words() -> None:
    record = run_of([MadeModel("a", 0.9, 1), MadeModel("b", 0.8, 1)])
    _, rows = table_of(printed(record, 80))
    assert " best " in rows[0]
    assert " not tested " in rows[1]


def test_many_models_have_all_the_notes_that_few_have() -> None:
    made = [MadeModel(label, 0.95, deterministic=n < 4) for n, label in enumerate(LONG)]
    few, many = (" ".join(" ".join(printed(run_of(m), 120)).split()) for m in (made[:6], made))
    for note in (
        "not known to be canonical; 3 trials of a model, 1 of the 4 deterministic ones.",
        "Intervals: new digits.",
        "Std: in points, over seeds.",
        "tied: not significantly worse than the best. --wide has every figure.",
    ):
        assert note in few
        assert note in many


def test_no_word_is_broken_inside() -> None:
    record = run_of([MadeModel(label, 0.9) for label in LONG])
    _, rows = table_of(printed(record, 80))
    words = {word.removesuffix("[…]") for row in rows for word in row.split()}
    assert {"RidgeClassifier", "QuadraticDiscriminantAnalysis"} <= words


def test_a_smoke_run_ranks_nothing() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.2)], quick=True)
    lines = printed(record, 80)
    assert lines[0].startswith("SMOKE RUN")
    assert "best" not in " ".join(lines)
