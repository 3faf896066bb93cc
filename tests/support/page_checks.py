"""What must hold of every HTML page, whatever run it is of."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from typing import Any


def check_page(page: Any) -> None:
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
                assert set(value.split()) <= set(ids), value
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
