"""The section of further test sets on the page."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.disputed import disputed_labels
from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.report import formatting
from digitbench.report.set_words import set_failure_sentences, set_sentences
from digitbench.types import PlannedTestSet, RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets
from page_checks import check_page
from page_sets import FAILED, NOT_LOADED, with_all_kinds

NOISY = "centroid[noise=1.5]"


@pytest.fixture(scope="session")
def with_sets_of_all_kinds(record: RunRecord) -> RunRecord:
    return with_all_kinds(record)


@pytest.fixture(scope="session")
def sets_page(page_of: Callable[..., Any], with_sets_of_all_kinds: RunRecord) -> Any:
    return page_of(with_sets_of_all_kinds)


def test_the_page_is_whole_and_leads_to_the_section(sets_page: Any) -> None:
    check_page(sets_page)
    (nav,) = sets_page.all("nav")
    assert "#sets" in [link.attributes["href"] for link in nav.all("a")]


def test_a_run_without_further_sets_has_no_section(page: Any) -> None:
    assert "Further test sets" not in page.root.text


def test_the_sentences_and_failures_are_those_of_the_terminal(
    sets_page: Any, with_sets_of_all_kinds: RunRecord
) -> None:
    found = analyse_sets(with_sets_of_all_kinds)
    shown = [e.text for e in sets_page.with_id("sets").all("li")]
    for said in set_sentences(found):
        assert said.text in shown
    failures = set_failure_sentences(found)
    assert any(NOT_LOADED in failure for failure in failures)
    assert any(FAILED in failure for failure in failures)
    assert set(failures) <= set(shown)


def test_the_table_of_all_holds_the_sets_of_other_images(
    sets_page: Any, with_sets_of_all_kinds: RunRecord, names: dict[str, str]
) -> None:
    found = analyse_sets(with_sets_of_all_kinds)
    table = sets_page.with_id("sets").all("table")[0]
    top, below = table.all("thead")[0].all("tr")
    assert [th.text for th in top.all("th")] == [
        "Model",
        "Test images 40 images",
        "fresh 80 images",
        "made mean of 6 conditions",
    ]
    assert [th.text for th in below.all("th")] == ["%", "%", "drop, pp", "%", "mCE"]
    rows = table.all("tbody")[0].all("tr")
    for ranked, row in zip(found.test.models, rows, strict=True):
        label = ranked.outcomes.label
        means = [
            next(m.accuracy for m in each.models if m.label == label)
            for each in (found.find("fresh"), found.find("made"))
        ]
        cells = [cell.text.split()[0] for cell in row.children]
        assert row.children[0].text == names[label]
        assert cells[1] == formatting.percent(ranked.uncertainty.mean)
        assert [cells[2], cells[4]] == list(map(formatting.percent, means))


def test_disputed_labels_have_their_conditions_and_errors(
    sets_page: Any, with_sets_of_all_kinds: RunRecord
) -> None:
    found = analyse_sets(with_sets_of_all_kinds)
    disputed = disputed_labels(found.find("votes"), found.test)
    assert disputed is not None
    part = _part(sets_page, "votes")
    rows = [[cell.text for cell in row.children] for row in part.all("tr")[2:]]
    assert [row[0].split()[0] for row in rows] == ["without", "voted", "errors", "of"]
    of = {errors.model: errors for errors in disputed.errors}
    labels = [ranked.outcomes.label for ranked in found.test.models]
    assert rows[2][1:] == [str(of[label].errors) for label in labels]
    assert rows[3][1:] == [str(of[label].disputed) for label in labels]
    assert not part.all("details")
    truths = [p.text.split(" #")[0] for p in part.all("p") if "truth" in p.classes]
    given = with_sets_of_all_kinds.test_labels
    assert given is not None
    assert sorted(truths) == sorted(f"a {n} or a {(n + 1) % 10}" for n in given[:3].tolist())


def test_every_condition_is_on_the_page(sets_page: Any, with_sets_of_all_kinds: RunRecord) -> None:
    part = _part(sets_page, "made")
    (heat,) = (table for table in part.all("table") if "heat" in table.classes)
    assert [row.all("th")[0].text for row in heat.all("tbody")[0].all("tr")] == ["blur", "fog"]
    assert [figure.all("figcaption")[0].text for figure in part.all("figure")] == ["blur", "fog"]
    (folded,) = part.all("details")
    keys = [row.children[0].text.split()[0] for row in folded.all("tbody")[0].all("tr")]
    assert keys == [f"{name}@{severity}" for name in ("blur", "fog") for severity in (1, 2, 3)]
    found = analyse_sets(with_sets_of_all_kinds)
    for row, key in zip(folded.all("tbody")[0].all("tr"), keys, strict=True):
        of = by_label(found.find("made").condition(key).models)
        means = [of[ranked.outcomes.label].accuracy for ranked in found.test.models]
        shown = [cell.text.split()[0] for cell in row.children[1::2]]
        assert shown == list(map(formatting.percent, means))


def test_many_models_have_several_maps(page_of: Callable[..., Any]) -> None:
    record = with_all_kinds(run_of([MadeModel(f"m{n}", 0.9) for n in range(9)], images=40))
    page = page_of(record)
    check_page(page)
    maps = [table for table in _part(page, "made").all("table") if "heat" in table.classes]
    of = {
        heading.text: cell.attributes["data-value"]
        for table in maps
        for heading, cell in zip(
            table.all("thead")[0].all("th"),
            table.all("tbody")[0].all("tr")[0].children,
            strict=True,
        )
        if cell.tag == "td"
    }
    found = analyse_sets(record).find("made").by_name["blur"]
    assert len(maps) == 2
    assert {name: float(value) for name, value in of.items()} == {
        model.label: pytest.approx(model.accuracy) for model in found.models
    }


def test_many_charts_are_folded(page_of: Callable[..., Any], record: RunRecord) -> None:
    right = record.test_labels
    assert right is not None
    conditions = [
        MadeCondition(right, drawn(record, lambda _: 0.9, right), f"c{n}", severity, np.arange(40))
        for n in range(9)
        for severity in (1, 2)
    ]
    page = page_of(with_sets(record, {"many": conditions}))
    check_page(page)
    figures = page.with_id("sets").all("figure")
    assert len(figures) == 9
    assert {_within(figure, "details") for figure in figures} == {True}


def test_a_set_that_no_trial_predicted_and_one_that_was_not_loaded(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    right = record.test_labels
    assert right is not None
    made = with_sets(record, {"fresh": [MadeCondition(right, drawn(record, lambda _: 1, right))]})
    unpredicted = tuple(r.model_copy(update={"set_results": ()}) for r in made.results)
    lost = PlannedTestSet(label="usps", name="usps", error=NOT_LOADED)
    plan = made.plan.model_copy(update={"test_sets": (*made.plan.test_sets, lost)})
    page = page_of(made.model_copy(update={"results": unpredicted, "plan": plan}))
    check_page(page)
    section = page.with_id("sets")
    assert "no predictions of fresh" in section.text
    assert NOT_LOADED in section.text
    assert len(section.all("table")) == 1  # where the images come from


def test_a_smoke_run_and_a_single_model_have_a_section(
    page_of: Callable[..., Any], record: RunRecord, only: Callable[..., RunRecord]
) -> None:
    alone = with_all_kinds(only(record, NOISY))
    page = page_of(alone)
    check_page(page)
    assert not {"best", "tied"} & {c for e in page.with_id("sets").all() for c in e.classes}
    dataset = alone.plan.dataset.model_copy(update={"quick": True})
    plan = alone.plan.model_copy(update={"dataset": dataset})
    check_page(page_of(alone.model_copy(update={"plan": plan})))


@pytest.mark.parametrize("text", ["</table><script>x</script>", "\u202eevil", '" onload="x'])
def test_hostile_texts_of_a_set_are_shown_as_text(
    page_of: Callable[..., Any],
    record: RunRecord,
    renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord],
    text: str,
) -> None:
    found = with_all_kinds(renamed(record, {NOISY: text}))
    sets = [
        each.model_copy(
            update={
                "label": f"{each.label} {text}",
                "source": text,
                "plugin": text,
                "version": text,
                "conditions": tuple(
                    c.model_copy(update={"name": f"{c.name} {text}"}) for c in each.conditions
                ),
            }
            | ({"error": text} if each.error else {})
        )
        for each in found.plan.test_sets
    ]
    results = tuple(
        r.model_copy(
            update={
                "set_results": tuple(
                    s.model_copy(
                        update={"test_set": f"{s.test_set} {text}", "error": s.error and text}
                    )
                    for s in r.set_results
                )
            }
        )
        for r in found.results
    )
    page = page_of(
        found.model_copy(
            update={
                "plan": found.plan.model_copy(update={"test_sets": tuple(sets)}),
                "results": results,
                "test_sets": {f"{k} {text}": v for k, v in found.test_sets.items()},
            }
        )
    )
    check_page(page)
    written = text.replace("\u202e", r"\u202e")
    section = page.with_id("sets").text
    for shown in ("fresh", "made", "votes", "usps", "blur"):
        assert f"{shown} {written}" in section


def _part(page: Any, label: str) -> Any:
    """Return the part of the section that is about one set."""
    parts = (section for section in page.all("section") if "set" in section.classes)
    (part,) = (p for p in parts if p.all("h3")[0].text.split()[0] == label)
    return part


def _within(element: Any, tag: str) -> bool:
    return element.parent is not None and (
        element.parent.tag == tag or _within(element.parent, tag)
    )
