"""Errors by writer on the page: the figures of the analysis, and only where writers are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.groups import Misread, group_differences, misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import compare_run
from digitbench.report import formatting
from digitbench.types import Groups, RunRecord

Made = Callable[..., Any]


def with_groups(record: RunRecord, name: str = "writer", strata: bool = True) -> RunRecord:
    assert record.test_labels is not None
    of_images = (np.arange(len(record.test_labels)) // 4).astype(np.int32)
    in_strata = (of_images % 3 == 0).astype(np.int32)
    groups = (
        Groups(name, of_images, in_strata, ("staff", "<b>students</b>"))
        if strata
        else Groups(name, of_images, np.zeros_like(of_images))
    )
    return record.model_copy(update={"test_groups": groups})


def best_first(record: RunRecord) -> list[tuple[Outcomes, Misread]]:
    return [(m.outcomes, misread(m.outcomes)) for m in compare_run(record).models]


def section(page: Any) -> Any:
    return page.with_id("groups")


@pytest.fixture(scope="module")
def grouped(record: RunRecord) -> RunRecord:
    """Return the run of three models with writers of four digits each, in two strata."""
    return with_groups(record)


@pytest.fixture(scope="module")
def shown(page_of: Made, grouped: RunRecord) -> Any:
    """Return its page."""
    return page_of(grouped)


def test_without_groups_there_is_no_section(page: Any) -> None:
    assert not [e for e in page.all() if e.attributes.get("id") == "groups"]
    assert "Writers" not in [e.text for e in page.all("a")]


def test_the_section_has_the_name_of_the_groups(page_of: Made, record: RunRecord) -> None:
    page = page_of(with_groups(record, "clinic"))
    assert "Clinics" in [e.text for e in page.all("a")]
    assert section(page).all("h2")[0].text == "Errors by clinic"
    assert "writer" not in section(page).text


def test_each_model_has_a_row_of_figures(
    shown: Any, grouped: RunRecord, names: dict[str, str]
) -> None:
    rows = shown.rows("misread")
    found = best_first(grouped)
    assert len(rows) == len(found) == 2
    for row, (model, one) in zip(rows, found, strict=True):
        part = one.concentration
        assert row[0] == names[model.label]
        assert row[1:3] == [formatting.percent(stratum.error) for stratum in one.strata]
        assert row[4:6] == [
            formatting.whole_percent(part.share),
            formatting.whole_percent(part.by_chance),
        ]
        assert row[6] == f"{part.without_errors:.0f}"
        assert row[8:] == [
            formatting.figure(one.design_effect, 2),
            formatting.figure(one.correlation, 3),
        ]


def test_names_of_strata_are_shown_as_text(shown: Any) -> None:
    headings = [e.text for e in section(shown).all("th")]
    assert "<b>students</b>" in headings


def test_groups_without_strata_have_one_column_and_no_ratio(
    page_of: Made, record: RunRecord
) -> None:
    page = page_of(with_groups(record, strata=False))
    headings = [e.text for e in section(page).all("th")]
    assert "Error" in headings
    assert "ratio" not in headings
    assert {len(row) for row in page.rows("misread")} == {8}
    assert ", all" not in section(page).text


def test_each_model_has_a_plot_of_what_was_seen_and_of_chance(
    shown: Any, grouped: RunRecord
) -> None:
    figures = section(shown).all("figure")
    for figure, (model, one) in zip(figures, best_first(grouped), strict=True):
        (chance,) = (e for e in figure.all("polyline") if "front" in e.classes)
        (seen,) = (e for e in figure.all("polyline") if "line" in e.classes)
        for line, errors in (
            (seen, one.concentration.errors),
            (chance, one.concentration.errors_by_chance),
        ):
            points = [tuple(map(float, p.split(","))) for p in line.attributes["points"].split()]
            assert len(points) == len(errors)
            across, down = zip(*points, strict=True)
            assert list(across) == sorted(across)
            assert list(down) == sorted(down)
        words = figure.all("svg")[1].attributes["aria-label"]
        assert words.startswith(f"{model.label}: the worst writer of a trial has ")


def test_a_best_model_without_errors_has_no_worst_writers(shown: Any) -> None:
    assert "centroid has no error." in section(shown).text
    assert "misreads most" not in section(shown).text


def test_the_worst_writers_of_the_best_model_are_drawn(
    page_of: Made, only: Made, grouped: RunRecord
) -> None:
    record = only(grouped, "centroid[noise=1.5]")
    shown = page_of(record)
    ((model, found),) = best_first(record)
    worst = [group for group in found.groups[:5] if group.wrong]
    lists = [e for e in section(shown).all("ul") if "tiles" in e.classes]
    assert len(lists) == len(worst) > 0
    for tiles, group in zip(lists, worst, strict=True):
        texts = [e.text for e in tiles.all("li")]
        assert len(texts) == min(10, len(group.wrong_images))
        for text, index in zip(texts, group.wrong_images, strict=False):
            true, taken_for = text.split(" misclassified as → ")
            assert int(true) == model.labels[index]
            wrong = model.predictions[:, index][~model.correct[:, index]]
            assert int(taken_for.split()[0]) in wrong
        assert all("d" in e.classes for e in tiles.all("i"))


def test_the_writers_on_which_the_best_two_differ(shown: Any, grouped: RunRecord) -> None:
    (first, _), (second, _) = best_first(grouped)
    differing = [g for g in group_differences(first, second)[:5] if g.difference]
    lists = [e for e in section(shown).all("ul") if "cards" in e.classes]
    assert len(lists) == len(differing) > 0
    for cards, group in zip(lists, differing, strict=True):
        items = [e for e in cards.children if e.tag == "li"]
        assert len(items) == min(6, len(group.changed_images))
        for item, index in zip(items, group.changed_images, strict=False):
            assert f"#{index}" in item.text
            assert len(item.all("li")) == 2


def test_one_model_has_nothing_to_differ_from(
    page_of: Made, only: Made, grouped: RunRecord
) -> None:
    page = page_of(only(grouped, "centroid[noise=1.5]"))
    assert "differ most" not in section(page).text
    assert len(page.rows("misread")) == 1


def test_without_images_the_true_digits_stand_in(page_of: Made, grouped: RunRecord) -> None:
    page = page_of(grouped, images=False)
    drawn = section(page).all("i")
    assert drawn
    assert all("none" in e.classes for e in drawn)
