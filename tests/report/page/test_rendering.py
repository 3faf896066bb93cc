"""The page as a browser and a screen reader get it: whole, safe, and with a text for everything."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from digitbench.report.labels import short_labels
from digitbench.types import RunRecord

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


def _check(page: Any) -> None:
    """Check all that must hold of every page."""
    elements = page.all()
    assert page.html.startswith("<!doctype html>\n<html lang=")
    assert not {e.tag for e in elements} & {"iframe", "object", "embed", "link", "base"}
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in elements:
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name not in {"src", "srcset", "action", "xlink:href"}
            if name == "href":
                assert value.startswith("#"), value
                assert value[1:] in ids, value
            if name == "aria-labelledby":
                assert value in ids
            if name == "style":
                assert re.fullmatch(r"--[sxy]:[\d.]+(;--[sxy]:[\d.]+)*", value), value
    _check_policy(page)
    _check_style(page)
    _check_texts(elements)
    _check_headings(elements)


def _check_policy(page: Any) -> None:
    """Check that the policy allows the page's own script and style sheet, and nothing else."""
    (policy,) = [
        meta.attributes["content"]
        for meta in page.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "img-src": "data:",
        "script-src": _hash(page, "script"),
        "style-src": "'unsafe-inline'",  # for attributes; sheets are held by the next
        "style-src-elem": _hash(page, "style"),
    }


def _hash(page: Any, tag: str) -> str:
    (element,) = page.all(tag)
    assert not element.attributes
    digest = sha256("".join(element.texts).encode("utf-8")).digest()
    return f"'sha256-{b64encode(digest).decode()}'"


def _check_style(page: Any) -> None:
    (style,) = page.all("style")
    css = "".join(style.texts)
    assert "@import" not in css
    for url in re.findall(r"url\(([^)]*)\)", css):
        assert re.fullmatch(r'"data:image/png;base64,[A-Za-z0-9+/=]+"', url)
    assert css.count("{") == css.count("}")


def _check_texts(elements: list[Any]) -> None:
    for element in elements:
        attributes = element.attributes
        if element.tag == "svg" or attributes.get("role") in {"img", "region"}:
            hidden = attributes.get("aria-hidden") == "true"
            inside = element.parent.tag == "svg"
            assert hidden or inside or attributes["aria-label"], element
        if attributes.get("tabindex") == "0":
            assert attributes["role"] == "region"
        if element.tag == "th":
            assert attributes["scope"] in {"col", "row", "colgroup"}
        if element.tag == "table":
            assert element.children[0].tag == "caption"
            assert element.children[0].text
        if element.tag == "a":
            assert element.text or attributes.get("aria-label")
    assert len([e for e in elements if e.tag == "main"]) == 1
    assert next(e for e in elements if e.tag == "a").text == "Skip to the report"


def _check_headings(elements: list[Any]) -> None:
    levels = [int(e.tag[1]) for e in elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    steps = [after - before for before, after in pairwise(levels)]
    assert max(steps) <= 1


def test_a_page_is_whole_safe_and_readable(page: Any) -> None:
    _check(page)


def test_without_images_the_page_says_why_and_shows_the_labels(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    page = page_of(record, images=False)
    _check(page)
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
    _check(page)
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
    _check(page)
    assert not [e for e in page.all() if e.attributes.get("id") in {"pairs", "disputed"}]
    assert "What it misses" in page.root.text


def test_no_trial_succeeded(
    page_of: Callable[..., Any], record: RunRecord, only: Callable[..., RunRecord]
) -> None:
    page = page_of(only(record, "wrong-labels"))
    _check(page)
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
    _check(page)
    assert f"{names[NOISY]} makes no mistake." in page.with_id("summary").text
    assert "No mistakes." in page.with_id("confusion").text


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_run_without_its_end_is_called_so(
    page_of: Callable[..., Any], record: RunRecord, status: str
) -> None:
    page = page_of(record.model_copy(update={"status": status, "finished_at": None}))
    _check(page)
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
    _check(page)
    keys = {
        (*(e.classes - {"key"}), e.children[0].attributes["href"])
        for e in page.all("svg")
        if "key" in e.classes
    }
    assert len(keys) == 12
