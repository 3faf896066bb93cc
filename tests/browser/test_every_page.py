"""What holds of each page: as wide as the screen, quiet, accessible, whole on paper."""

import io
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NAMES = ("1", "2", "5", "12", "hostile", "failed")
OVERFLOW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
HEADINGS = """() => [...document.querySelectorAll("thead th")].map((cell) => cell.innerText)"""


def _violations(page: Any, *, contrast: bool = False) -> list[str]:
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_violation_and_does_not_scroll_sideways(
    opened: Callable[..., Any], name: str
) -> None:
    with opened(name, width=390, dark=True) as found:
        assert found.page.evaluate(OVERFLOW) == 0
    with opened(name) as found:
        assert found.page.evaluate(OVERFLOW) == 0
        assert _violations(found.page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_colours_have_contrast(opened: Callable[..., Any], dark: bool) -> None:
    with opened("2", dark=dark) as found:
        assert _violations(found.page, contrast=True) == []


@pytest.mark.parametrize("name", ["2", "12"])
@pytest.mark.parametrize("width", [1280, 390])
def test_without_the_script_it_is_whole(opened: Callable[..., Any], name: str, width: int) -> None:
    with opened(name, width=width, script=False) as found:
        page = found.page
        assert page.locator("button, select").count() == 0
        assert page.locator("table.matrix a").first.is_visible()
        assert page.locator("svg.plot title").count() > 0
        overflow = page.locator("html").evaluate("(root) => root.scrollWidth - root.clientWidth")
        assert overflow == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_screen_has_the_answer(opened: Callable[..., Any], name: str, width: int) -> None:
    with opened(name, width=width) as found:
        for part in ("h1", "table.ranking thead")[: 2 if width > 390 else 1]:
            box = found.page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= 800, part


def test_every_column_is_in_the_pdf(opened: Callable[..., Any]) -> None:
    with opened("2") as found:
        headings = found.page.evaluate(HEADINGS)
        pdf = PdfReader(io.BytesIO(found.page.pdf(prefer_css_page_size=True)))
    texts: list[str] = []

    def note(text: str, page_at: Any, at: Any, _font: Any, _size: Any) -> None:
        if at[4] * page_at[0] + at[5] * page_at[2] + page_at[4] < width:
            texts.append(text)

    for page in pdf.pages:
        width = float(page.mediabox.width)
        page.extract_text(visitor_text=note)
    shown = unicodedata.normalize("NFKC", "".join("".join(texts).split()))  # some letters are one
    assert [h for h in headings if "".join(h.split()) not in shown] == []
