"""Further test sets on a terminal: models by sets, conditions by models, within any width."""

import io
import re
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from rich.console import RenderableType

from digitbench.analysis.corruption_error import corruption_errors, reference_model
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.display.console import PlainConsole
from digitbench.errors import UsageError
from digitbench.report.set_conditions import set_conditions
from digitbench.report.sets_overview import sets_overview
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

LABELS = ["cnn[recipe=best]", "knn[deskew=true]", "softmax", "sklearn:svm.LinearSVC[C=0.1]"]
IMAGES = 500


def accuracy_at(accuracy: dict[str, float], severity: int, label: str) -> float:
    return accuracy[label] ** (2 * severity)


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """Make a run with corruptions at three severities, two other sets, and one of test images."""
    accuracy = dict(zip(LABELS, (0.97, 0.94, 0.9, 0.85), strict=True))
    record = run_of(
        [MadeModel(label, of, deterministic=True) for label, of in accuracy.items()], images=IMAGES
    )
    right = record.test_labels
    assert right is not None
    corruptions = [
        MadeCondition(
            right,
            drawn(record, partial(accuracy_at, accuracy, severity), right, seed=seed),
            name,
            severity,
            range(IMAGES),
        )
        for seed, name in enumerate(("noise", "blur"))
        for severity in (1, 2, 3)
    ]
    alike = drawn(record, lambda _: 0.8, right, seed=9)
    return with_sets(
        record,
        {
            "corruptions": corruptions,
            "pictures:a/long/directory/of/digits": [MadeCondition(right, alike)],
            "usps": [MadeCondition(right, alike)],
            "some": [MadeCondition(right[:300], None, positions=range(300))],
        },
    )


@pytest.fixture(scope="module")
def analysis(record: RunRecord) -> SetsAnalysis:
    return analyse_sets(record)


def lines_of(renderable: RenderableType, width: int) -> list[str]:
    console = PlainConsole(io.StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


def overview_lines(record: RunRecord, width: int) -> list[str]:
    return lines_of(sets_overview(record, PlainConsole(io.StringIO(), width=width)), width)


def condition_lines(record: RunRecord, name: str, width: int = 120, **more: Any) -> list[str]:
    return lines_of(
        set_conditions(record, name, PlainConsole(io.StringIO(), width=width), **more), width
    )


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_everything_fits(record: RunRecord, width: int) -> None:
    lines = overview_lines(record, width)
    assert max(map(len, lines)) <= width
    for planned in record.plan.test_sets:
        lines = condition_lines(record, planned.label, width)
        assert max(map(len, lines)) <= width


def test_a_row_has_the_means_of_its_model(record: RunRecord, analysis: SetsAnalysis) -> None:
    lines = overview_lines(record, 120)
    (row,) = (line for line in lines if line.startswith("softmax"))
    corruptions, pictures, usps, _ = analysis.sets
    by_hand = [float(np.mean([c.models[2].accuracy for c in corruptions.conditions]))]
    by_hand += [found.models[2].accuracy for found in (pictures, usps)]
    test = {m.outcomes.label: m.uncertainty.mean for m in analysis.test.models}
    figures = [float(text) for text in re.findall(r"[\d.]+", row.removeprefix("softmax"))]
    assert figures == pytest.approx(
        [100 * test["softmax"], 100 * by_hand[0], 1.0] + [100 * mean for mean in by_hand[1:]],
        abs=0.0051,
    )
    heading = " ".join(lines[1].split())
    assert heading.startswith("Test images corruptions")
    assert "mean of 6, %" in lines[2]


def test_ties_are_marked_and_explained(record: RunRecord) -> None:
    lines = overview_lines(record, 120)
    rows = [line for line in lines if line.startswith(("cnn", "knn", "softmax", "LinearSVC"))]
    assert sum(row.count("=") - row.count("[") for row in rows) >= 4
    assert any(line.startswith("=: tied for best of the column") for line in lines)


def test_sets_of_test_images_have_no_column(record: RunRecord) -> None:
    assert "some" not in " ".join(overview_lines(record, 120)[:3])


def test_more_sets_than_have_room_are_several_tables(record: RunRecord) -> None:
    lines = overview_lines(record, 50)
    headings = [at for at, line in enumerate(lines) if line.startswith("Model ")]
    assert len(headings) > 1
    assert all("" in lines[before:after] for before, after in pairwise(headings))


def test_severities_are_a_mean_and_a_bar_each(record: RunRecord, analysis: SetsAnalysis) -> None:
    found = analysis.find("corruptions")
    lines = condition_lines(record, "corruptions")
    (noise,) = (line for line in lines if line.startswith("noise"))
    of_cnn = [c.models[0].accuracy for c in found.by_name["noise"].conditions]
    assert f"{100 * np.mean(of_cnn):.2f} " in noise
    bars = re.findall("[▁▂▃▄▅▆▇█]+", noise)
    assert [len(bar) for bar in bars] == [3] * 4
    assert all(list(bar) == sorted(bar, reverse=True) for bar in bars)
    names = [line.split("  ")[0] for line in lines]
    for name in ("noise", "blur", "mean", "test images", "mCE", "relative mCE"):
        assert name in names


def test_each_severity_has_a_row_if_asked_for(record: RunRecord) -> None:
    lines = condition_lines(record, "corruptions", each=True)
    names = [line.split("  ")[0] for line in lines]
    assert names.index("noise@1") < names.index("noise@3") < names.index("blur@1")
    assert "noise" not in names


def test_bars_have_one_scale_that_holds_all_of_them(record: RunRecord) -> None:
    right = record.test_labels
    assert right is not None
    accuracy = dict.fromkeys(LABELS, 0.9)
    curve = [
        MadeCondition(
            right,
            drawn(record, partial(accuracy_at, accuracy, severity), right),
            "turn",
            severity,
            range(IMAGES),
        )
        for severity in (1, 2, 3)
    ]
    found = with_sets(record, {"curve": curve})
    rows, means = (condition_lines(found, "curve", each=each) for each in (True, False))
    assert [line for line in rows if line.startswith("Rows with bars")] == [
        line for line in means if line.startswith("Rows with bars")
    ]


def test_the_heading_says_how_many_images_there_are(record: RunRecord) -> None:
    assert condition_lines(record, "corruptions")[0].endswith("; 500 images each")
    assert condition_lines(record, "some")[0].endswith("; 300 images")


def test_errors_are_relative_to_the_model_that_is_named(
    record: RunRecord, analysis: SetsAnalysis
) -> None:
    found, models = analysis.find("corruptions"), analysis.test_models
    for name, given in (("softmax", None), (LABELS[0], LABELS[0])):
        errors = {e.model: e for e in corruption_errors(found, reference_model(models, given))}
        lines = condition_lines(record, "corruptions", relative_to=given)
        (row,) = (line for line in lines if line.startswith("mCE "))
        due = [f"{errors[model.label].mean:.3f}" for model in models]
        assert row.split()[1:] == due
        assert errors[name].mean == 1
        assert f"those of {name}" in " ".join(" ".join(lines).split())


def test_a_set_is_found_by_label_or_by_name(analysis: SetsAnalysis) -> None:
    assert analysis.find("pictures") is analysis.sets[1]
    assert analysis.find("pictures:a/long/directory/of/digits") is analysis.sets[1]
    with pytest.raises(UsageError, match="no test set kmnist; there are: corruptions, pictures"):
        analysis.find("kmnist")
    none = SetsAnalysis(analysis.test, ())
    with pytest.raises(UsageError, match="the run has none"):
        none.find("kmnist")


def test_names_are_never_read_as_markup() -> None:
    models = ("m[/b]", "[red]n")
    record = run_of([MadeModel(label, 0.9, deterministic=True) for label in models], images=60)
    right = record.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(record, lambda _: 0.7, right), positions=range(60))
    twice = [replace(made, name=name) for name in ("c[/d]", "[bold]e")]
    record = with_sets(record, {"pictures:[/x]": [made], "two": twice})
    lines = overview_lines(record, 120)
    assert "pictures:[/x]" in lines[1]
    table = "\n".join(condition_lines(record, "two"))
    for name in (*models, "c[/d]", "[bold]e"):
        assert name in table
