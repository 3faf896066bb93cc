"""The page as a browser and a screen reader get it: whole, safe, and with a text for everything."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from digitbench.report.labels import short_labels
from digitbench.types import RunRecord
from page_checks import check_page

NOISY = "centroid[noise=1.5]"
HOSTILE = (
    "<script>alert(1)</script>",
    '" onload="alert(1)" x="',
    "' onmouseover='alert(1)",
    "]]> --> </style></title><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; & \u202egnp.exe \u0000 \x1b[31m \ud800",
    "long " + "x" * 2_000,
)


def test_a_page_is_whole_safe_and_readable(page: Any) -> None:
    check_page(page)


def test_without_images_the_page_says_why_and_shows_the_labels(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    page = page_of(record, images=False)
    check_page(page)
    assert "The digits are not drawn" in page.root.text
    assert "base64" not in page.html
    tiles = [e for e in page.all("i") if "d" in e.classes]
    assert tiles
    assert all(tile.text in set("0123456789") for tile in tiles)


def _written(text: str) -> str:
    """Write a hostile text as the page does."""
    written = {"\u202e": r"\u202e", "\0": r"\x00", "\x1b": r"\x1b", "\ud800": r"\ud800"}
    for raw, shown in written.items():
        text = text.replace(raw, shown)
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_text(
    page_of: Callable[..., Any],
    record: RunRecord,
    renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord],
    text: str,
) -> None:
    hostile = renamed(record, {NOISY: text, "wrong-labels": f"{text} 2"})
    models = tuple(
        model.model_copy(
            update={"plugin": text, "distribution": text, "version": text, "options": {text: text}}
        )
        for model in hostile.plan.models
    )
    dataset = hostile.plan.dataset.model_copy(update={"name": text, "source": text})
    results = tuple(
        result.model_copy(
            update={"error": text if result.status == "failed" else None}
            | {"history": ({text: 1.0}, {text: 0.5})}
        )
        for result in hostile.results
    )
    environment = hostile.environment.model_copy(
        update={"processor": text, "versions": {text: text}, "variables": {text: text}}
    )
    page = page_of(
        hostile.model_copy(
            update={
                "id": text,
                "plan": hostile.plan.model_copy(update={"models": models, "dataset": dataset}),
                "results": results,
                "environment": environment,
            }
        )
    )
    check_page(page)
    page.html.encode("utf-8")
    labels = short_labels(model.label for model in hostile.plan.models)
    for place in ("summary", "pairs", "digits", "curves", "failures", "provenance"):
        assert _written(labels[text]) in page.with_id(place).text, place
    assert _written(text) in page.with_id("provenance").text


def test_no_text_of_the_page_turns_the_direction_of_writing(
    page_of: Callable[..., Any],
    record: RunRecord,
    renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord],
) -> None:
    page = page_of(renamed(record, {NOISY: "a\u202eb\u2066c\u200fd"}))
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", page.html)
    assert r"a\u202eb\u2066c\u200fd" in page.root.text


def test_the_same_run_gives_the_same_page(page_of: Callable[..., Any], record: RunRecord) -> None:
    assert page_of(record).html == page_of(record).html


def test_one_model_alone(
    page_of: Callable[..., Any], record: RunRecord, only: Callable[..., RunRecord]
) -> None:
    page = page_of(only(record, NOISY))
    check_page(page)
    assert not [e for e in page.all() if e.attributes.get("id") in {"pairs", "disputed"}]
    assert "What it misses" in page.root.text


def test_no_trial_succeeded(
    page_of: Callable[..., Any], record: RunRecord, only: Callable[..., RunRecord]
) -> None:
    page = page_of(only(record, "wrong-labels"))
    check_page(page)
    assert page.all("h1")[0].text == "No trial of this run succeeded"
    assert page.with_id("failures")


def test_a_model_without_a_mistake(
    page_of: Callable[..., Any],
    record: RunRecord,
    only: Callable[..., RunRecord],
    names: dict[str, str],
) -> None:
    alone = only(record, NOISY)
    perfect = tuple(
        result.model_copy(update={"predictions": record.test_labels, "accuracy": 1.0})
        for result in alone.results
    )
    page = page_of(alone.model_copy(update={"results": perfect}))
    check_page(page)
    assert f"{names[NOISY]} makes no mistake." in page.with_id("summary").text
    assert "No mistakes." in page.with_id("confusion").text


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_run_without_its_end_is_called_so(
    page_of: Callable[..., Any], record: RunRecord, status: str
) -> None:
    page = page_of(record.model_copy(update={"status": status, "finished_at": None}))
    check_page(page)
    words = {"running": "has not finished", "interrupted": "was interrupted"}
    assert f"The run {words[status]}" in page.with_id("summary").text


def test_more_models_than_colours(
    page_of: Callable[..., Any],
    record: RunRecord,
    only: Callable[..., RunRecord],
    renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord],
) -> None:
    alone = only(record, NOISY)
    copies = [renamed(alone, {NOISY: f"model-{number}"}) for number in range(12)]
    many = alone.model_copy(
        update={
            "plan": alone.plan.model_copy(
                update={"models": tuple(m for copy in copies for m in copy.plan.models)}
            ),
            "results": tuple(r for copy in copies for r in copy.results),
        }
    )
    page = page_of(many)
    check_page(page)
    keys = {
        (*(e.classes - {"key"}), e.children[0].attributes["href"])
        for e in page.all("svg")
        if "key" in e.classes
    }
    assert len(keys) == 12
