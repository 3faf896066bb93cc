"""The comparison: every figure in it, whole at every width, faults in sight."""

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from rich.console import Console

from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report import formatting
from digitbench.report.comparison import comparison
from digitbench.report.data_title import dataset_title
from digitbench.report.trials import trials_tables
from digitbench.report.verdicts import summary_sentences
from digitbench.types import Groups, RunRecord, TrialResult


def printed(record: RunRecord, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(comparison(record, console))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def below_the_verdict(text: str) -> str:
    """Return what is printed from the name of the data on."""
    return text[text.index("\nmnist: ") + 1 :]


def printed_trials(record: RunRecord) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(trials_tables(record))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def tables(text: str) -> int:
    """Count the rules below the headings."""
    return sum(set(line) == {"─"} for line in text.splitlines())


def with_trials(record: RunRecord, change: Callable[[TrialResult], dict[str, object]]) -> RunRecord:
    """Return the record with its trials changed."""
    results = tuple(trial.model_copy(update=change(trial)) for trial in record.results)
    return record.model_copy(update={"results": results})


def with_writers(record: RunRecord) -> RunRecord:
    """Return the record with four writers, each of ten of its test images."""
    assert record.test_labels is not None
    numbers_of_writers = np.arange(len(record.test_labels), dtype=np.int32) // 10
    groups = Groups("writer", numbers_of_writers, np.zeros_like(numbers_of_writers))
    return record.model_copy(update={"test_groups": groups})


_CELL = re.compile(r"\S+(?: \S+)*")


def cells(text: str) -> dict[str, dict[str, str]]:
    """Read the tables: by model and heading, with the headings' lines joined, what stands there.

    A cell ends where its heading does. A label that takes two lines has its first for a name.
    """
    found: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        lines = block.splitlines()
        rule = next((n for n, line in enumerate(lines) if set(line) == {"─"}), None)
        for line in lines[rule + 1 :] if rule is not None else ():
            name, *rest = _CELL.finditer(line)
            row = found.setdefault(name[0], {})
            for cell in rest:
                above = [
                    part[0]
                    for heading in lines[:rule]
                    for part in _CELL.finditer(heading)
                    if part.end() == cell.end()
                ]
                row.setdefault(" ".join(above), cell[0])  # of a folded label's namesakes, the first
    return found


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_figure_is_in_its_column_and_nothing_is_cut(record: RunRecord, width: int) -> None:
    known = with_trials(
        record,
        lambda trial: {
            "fit_seconds": 1.5,
            "fit_cpu_seconds": 2.5,
            "predict_seconds": 0.08,  # for 40 images
            "latency_median_seconds": 0.003,
            "latency_p95_seconds": 0.004,
            "n_parameters": 1234,
            "model_size_bytes": 5 << 20,
            "peak_memory_bytes": 6 << 20,
        },
    )
    text = printed(known, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    costs = {
        "Fit": "1.50 s",
        "Fit CPU": "2.50 s",
        "Predict /image": "2.00 ms",
        "Latency p50": "3.00 ms",
        "Latency p95": "4.00 ms",
        "Parameters": "1,234",
        "Model size": "5.00 MiB",
        "Peak memory": "6.00 MiB",
    }
    found = cells(text)
    sure, failing = found["centroid"], found["wrong-labels"]
    assert costs.items() <= sure.items()
    assert (sure["Trials"], sure["Mean %"], sure["Std pp"]) == ("1 det.", "100.00", "—")
    assert (failing["Trials"], failing["Mean %"], failing["Std pp"]) == ("0/3", "failed", "—")
    assert ("95 % interval this test set" in sure) == (width > 80)
    assert ("the interval for this test set" in " ".join(text.split())) == (width > 80)
    if width > 80:  # where every label has one line
        noisy = found["centroid[noise=0.3]"]
        assert costs.items() <= noisy.items()
        # Of 40 images, all right twice, and all but one.
        accuracy = {
            "Trials": "3",
            "Mean %": "99.17",
            "Std pp": "1.44",
            "Min %": "97.50",
            "Max %": "100.00",
            "Paper %": "92.00",
            "95 % interval this test set": "95.58\N{EN DASH}100.00",
        }
        assert accuracy.items() <= noisy.items()
        for model in compare_run(known).models:
            interval = found[model.outcomes.label]["95 % interval new digits"]
            bounds = [float(bound) / 100 for bound in interval.split("\N{EN DASH}")]
            assert bounds == pytest.approx(model.uncertainty.interval, abs=0.00005)


def test_the_models_are_in_the_order_of_their_accuracy_and_the_best_are_marked(
    record: RunRecord,
) -> None:
    text = below_the_verdict(printed(record, 200))
    rows = [line.split() for line in text.splitlines() if "centroid" in line[:8]][:2]
    assert [row[0] for row in rows] == ["centroid", "centroid[noise=0.3]"]
    assert ["best" in row for row in rows] == [True, False]
    assert ["tied" in row for row in rows] == [False, True]
    assert text.index("centroid[noise=0.3]") < text.index("wrong-labels")
    assert "tied: not significantly worse than the best (new digits)." in text


@pytest.mark.parametrize("width", [80, 120])
def test_intervals_are_headed_by_what_they_are_about(record: RunRecord, width: int) -> None:
    text = below_the_verdict(printed(record, width))
    heading = next(line for line in text.splitlines() if "new digits" in line)
    assert ("this test set" in heading) == (width > 80)
    assert "The interval for new digits allows for what varies between trials" in text
    assert "digitbench writers" not in text
    of_writers = with_writers(record)
    text = " ".join(printed(of_writers, width).split())
    assert "new writers" in text
    assert "new digits " not in text.replace("new digits by new writers", "")
    assert "allows for what varies between trials and for the choice of the writers" in text
    assert "Errors by writer: digitbench writers." in text
    wider = compare_run(of_writers).models[0].uncertainty.interval
    assert formatting.bounds(wider) in text


def test_the_narrower_the_more_tables(record: RunRecord) -> None:
    assert tables(printed(record, 200)) == 1
    assert tables(printed(record, 120)) == 2
    assert tables(printed(record, 80)) == 3


def test_a_cost_that_no_trial_has_takes_no_column(record: RunRecord) -> None:
    new = ("fit_cpu_seconds", "latency_median_seconds", "latency_p95_seconds", "model_size_bytes")
    older = with_trials(record, lambda _: dict.fromkeys(new))
    text = printed(older, 140)
    assert tables(text) == 1
    assert not any(word in text for word in ("CPU", "Latency", "p95", "size"))
    assert "Peak" in text
    costs = ("fit_seconds", "predict_seconds", "n_parameters", "peak_memory_bytes")
    assert tables(printed(with_trials(older, lambda _: dict.fromkeys(costs)), 60)) == 1


def test_reused_trials_are_marked(record: RunRecord) -> None:
    assert "reused" not in printed(record, 80)

    def of_two_runs(trial: TrialResult) -> dict[str, object]:
        runs = {1: "first-run", 2: "second-run", 3: "second-run"}
        noisy = trial.spec.model == "centroid[noise=0.3]"
        return {"reused_from": runs[trial.spec.trial] if noisy else None}

    reused = with_trials(record, of_two_runs)
    for text in (printed(reused, 80), printed(reused, 200), printed_trials(reused)):
        assert "centroid[noise=0.3]: 1 of 3 trials reused from first-run\n" in text
        assert "centroid[noise=0.3]: 2 of 3 trials reused from second-run\n" in text
        assert text.count("reused") == 2


def test_a_single_trial_is_not_trials(record: RunRecord) -> None:
    text = printed(with_trials(record, lambda _: {"reused_from": "a-run"}), 120)
    assert "centroid: 1 of 1 trial reused from a-run\n" in text


@pytest.mark.parametrize(
    ("jobs", "threads", "note"),
    [
        (1, (1, 1), None),
        (1, (1, 2), "Times are of trials with different numbers of threads (1 and 2)."),
        (2, (1, 1), "Times are of trials that ran 2 at a time, on 1 thread each."),
        (3, (4, 4), "Times are of trials that ran 3 at a time, on 4 threads each."),
        (2, (2, 1), "Times are of trials that ran 2 at a time, on 1 or 2 threads each."),
    ],
)
def test_how_the_times_came_about_is_said_where_it_matters(
    record: RunRecord, jobs: int, threads: tuple[int, int], note: str | None
) -> None:
    def change(trial: TrialResult) -> dict[str, object]:
        count = threads[trial.spec.model == "centroid"]
        return {"spec": trial.spec.model_copy(update={"threads": count})}

    plan = record.plan.model_copy(update={"jobs": jobs})
    text = printed(with_trials(record, change).model_copy(update={"plan": plan}), 80)
    if note is None:
        assert "Times are of" not in text
    else:
        assert f"{note}\n" in text


def test_latency_is_explained_where_it_is_shown(record: RunRecord) -> None:
    assert "Latency: of predicting a single image" in printed(record, 80)
    none = with_trials(record, lambda _: {"latency_median_seconds": None})
    assert "Latency: of" not in printed(none, 80)


def test_failures_are_named_before_the_table_in_a_line_for_each_reason(record: RunRecord) -> None:
    text = printed(record, 200)
    reason = "predict returned labels from 10 to 10; digits are 0 to 9"
    line = f"\nwrong-labels, trials 1, 2, 3 failed: {reason}\n"
    assert line in text
    assert text.index(line) < text.index("\nmnist: ")
    results = list(record.results)
    place = next(n for n, trial in enumerate(results) if trial.status == "failed")
    results[place] = results[place].model_copy(update={"error": "another"})
    text = printed(record.model_copy(update={"results": tuple(results)}), 200)
    assert f"\nwrong-labels, trial {results[place].spec.trial} failed: another\n" in text
    assert f"trials 2, 3 failed: {reason}\n" in text


def test_the_title_says_which_data(record: RunRecord) -> None:
    text = below_the_verdict(printed(record, 120))
    assert text.startswith("mnist: 60 train / 20 validation / 40 test images, canonical\n")
    dataset = record.plan.dataset.model_copy(update={"canonical": False, "validation_size": 0})
    assert dataset_title(dataset) == "mnist: 60 train / 40 test images, NOT the canonical data"
    dataset = dataset.model_copy(update={"canonical": None})
    assert dataset_title(dataset).endswith("not known to be canonical")


def test_a_std_of_one_trial_is_absent(record: RunRecord) -> None:
    lines = below_the_verdict(printed(record, 200)).splitlines()
    sure = next(line for line in lines if line.startswith("centroid "))
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
    text = printed_trials(record)
    noisy = summarise(record)[0]
    rows = [line.split() for line in text.splitlines() if line.strip()[:2] in {"1 ", "2 ", "3 "}]
    assert [row[0] for row in rows] == ["1", "2", "3", "1", "1", "2", "3"]
    for row, trial, published in zip(rows, noisy.trials, ("91.00", "93.00", "—"), strict=False):
        assert row[1:5] == ["60", "40", formatting.percent(trial.accuracy), published]
    assert text.count("failed") == 4  # three rows, one line


def test_what_holds_of_pairs_is_below_the_table(record: RunRecord) -> None:
    text = " ".join(below_the_verdict(printed(record, 200)).split())
    sentences = summary_sentences(compare_run(record))
    assert sentences
    for sentence in sentences:
        assert sentence in text
    assert text.index("Model") < text.index(sentences[0]) < text.index("Std and the interval")


def test_one_model_alone_has_no_verdict(record: RunRecord) -> None:
    plan = record.plan.model_copy(update={"models": record.plan.models[:1]})
    alone = record.model_copy(
        update={
            "plan": plan,
            "results": tuple(r for r in record.results if r.spec.model == plan.models[0].label),
        }
    )
    assert summary_sentences(compare_run(alone))[0] not in printed(alone, 200)
