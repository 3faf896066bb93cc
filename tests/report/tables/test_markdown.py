"""Markdown parsed back: verdicts first, aligned tables, and labels that stay labels."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.summary import summarise
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.headline import headline
from digitbench.report.set_words import set_sentences
from digitbench.report.tables.markdown import code, markdown_text, prose
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets

Compared = tuple[RunRecord, Comparison]


class Page(HTMLParser):
    """What a reader sees: the items of lists, and tables by rows of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.items: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.alignments: list[list[str]] = []
        self.inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "table":
            self.tables.append([])
            self.alignments.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag == "th":
            self.alignments[-1].append(dict(attrs).get("style") or "left")
        if tag in {"li", "th", "td"}:
            self.inside = []

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            self.inside.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self.tables[-1][-1].append("".join(self.inside or ()))
        if tag == "li":
            self.items.append("".join(self.inside or ()))


def parsed(text: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark").enable("table").render(text))
    return page


def test_verdicts_come_first_and_tables_follow(compared: Compared) -> None:
    record, comparison = compared
    text = markdown_text(record, comparison)
    page = parsed(text)
    said = headline(summarise(record), comparison)
    title = text.splitlines()[0]
    assert title.replace("`", "") == f"**{said.title}.**"
    assert page.items[:2] == [said.certainty, said.recommendation]
    assert text.index(text.splitlines()[0]) < text.index("| Model |")
    models, pairs = page.tables
    assert models[0][:4] == ["Model", "Trials", "Mean (%)", "New digits (%)"]
    for row, model in zip(models[1:], comparison.models, strict=False):
        assert row[0] == model.outcomes.label
        assert row[2] == formatting.percent(model.uncertainty.mean)
        assert row[6:8] == ["best" if model is comparison.models[0] else "not worse", model.letters]
    assert models[3][:3] == ["wrong-labels", "0/3", "failed"]
    assert models[3][6:8] == ["—", "—"]
    (pair,) = comparison.pairs
    (row,) = pairs[1:]
    assert row[:2] == [pair.first.label, pair.second.label]
    assert row[2] == formatting.signed_points(pair.difference)
    assert row[5].rstrip("*") == pair.population.verdict.value


def test_figures_stand_to_the_right_and_words_to_the_left(compared: Compared) -> None:
    models, pairs = parsed(markdown_text(*compared)).alignments
    assert models == ["left", *["text-align:right"] * 5, "left", "left", *["text-align:right"] * 4]
    assert pairs == ["left", "left", *["text-align:right"] * 3, "left"]


def test_failed_trials_and_the_run_are_named(compared: Compared) -> None:
    items = parsed(markdown_text(*compared)).items
    assert any(item.startswith(f"Run {compared[0].id}, digitbench") for item in items)
    assert sum(item.startswith("wrong-labels, trial ") for item in items) == 3
    assert any("canonical" in item for item in items)


HOSTILE = [
    "a|b",
    r"a\|b",
    "`x`",
    "``",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[link](http://example.invalid)",
    "**bold** _it_ ~~no~~",
    "a\n\n# heading\n",
    "a&amp;b",
    "@everyone #1",
    " spaced ",
    r"back\slash\\",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_as_they_are(
    label: str, rename: Callable[[str, str], Compared]
) -> None:
    record, comparison = rename(label, "plain")
    text = markdown_text(record, comparison)
    page = parsed(text)
    assert page.tags <= {
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "p",
        "strong",
    }
    models, pairs = page.tables
    assert {len(row) for row in models} == {12}
    assert {len(row) for row in pairs} == {6}
    assert {row[0] for row in models[1:]} == {printable(label), "plain", "wrong-labels"}
    assert {*pairs[1][:2]} == {printable(label), "plain"}


def test_hostile_errors_and_names_of_runs_are_text(compared: Compared) -> None:
    record, comparison = compared
    evil = "| <b>x</b> `y` @everyone"
    results = tuple(
        r.model_copy(update={"error": evil}) if r.status == "failed" else r for r in record.results
    )
    page = parsed(
        markdown_text(record.model_copy(update={"results": results, "id": evil}), comparison)
    )
    assert "b" not in page.tags
    assert sum(item.endswith(f"failed: {evil}") for item in page.items) == 3
    assert any(evil in item for item in page.items if item.startswith("Run "))


@given(st.text(min_size=1))
def test_code_is_the_text_in_a_cell(text: str) -> None:
    page = parsed(f"| x |\n| --- |\n| {code(text)} |\n")
    ((_, row),) = page.tables
    assert row == [printable(text)]
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_prose_is_the_text_in_a_list(text: str) -> None:
    page = parsed(f"- x{prose(text, ())}x")
    assert page.items == [f"x{printable(text)}x"]
    assert page.tags <= {"ul", "li"}


def test_labels_in_prose_are_code_and_longer_ones_go_first() -> None:
    text = prose("cnn is better than cnn[epochs=1], not cnnx.", ["cnn", "cnn[epochs=1]"])
    assert text == "`cnn` is better than `cnn[epochs=1]`, not cnnx."


def test_nobody_is_mentioned() -> None:
    assert "@e" not in prose("@everyone", ())
    assert "#1" not in prose("#1", ())
    assert "@" not in code("@everyone")


def test_tables_and_sentences_of_further_test_sets() -> None:
    record = run_with_sets()
    analysis = analyse_sets(record)
    page = parsed(markdown_text(record, analysis.test))
    _, _, sets, corruptions, disputed = page.tables
    heading = ["Model", "Test images (%)", "corruptions (mean of 6, %)", "mCE"]
    assert sets[0] == [*heading, "fresh (%)", "usps (%)"]
    assert [row[0] for row in sets[1:]] == ["cnn", "knn[k=3]", "softmax"]
    for row in sets[1:]:
        (fresh,) = (m.accuracy for m in analysis.find("fresh").models if m.label == row[0])
        assert row[4].removeprefix("=") == formatting.percent(fresh)
    assert corruptions[0] == ["Condition", "cnn (%)", "knn k=3 (%)", "softmax (%)"]
    assert [row[0] for row in corruptions[1:]] == ["noise", "turn"]
    assert [row[0] for row in disputed[1:]] == ["without", "voted"]
    for said in set_sentences(analysis):
        assert said.text in page.items
    assert "lost was left out: no network." in page.items


def test_labels_in_headings_and_sentences_stay_labels() -> None:
    label = "pictures:<b>*x*</b>|`@me`[a](b)"
    record = run_of([MadeModel("*m*|<i>", 0.9), MadeModel("b", 0.5)], images=60)
    right = record.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(record, lambda _: 0.7, right))
    twice = [replace(made, name=name, positions=range(60)) for name in ("c", "d")]
    record = with_sets(record, {label: [made], "e": twice})
    page = parsed(markdown_text(record, compare(outcomes(record))))
    assert not page.tags & {"b", "i", "em", "a"}
    assert f"{label} (%)" in page.tables[2][0]
    assert "*m*|<i> (%)" in page.tables[3][0]
    assert any(item.startswith(f"{label}: ") for item in page.items)
