"""What holds of each page: as wide as the screen, quiet, accessible, whole on paper."""

import io
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NAMES = ("1", "2", "5", "12", "sets", "hostile", "failed", "several")
OVERFLOW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
UNFOLD = """() => document.querySelectorAll("details").forEach((each) => (each.open = true))"""
PLAIN = """() => document.styleSheets[0].insertRule(".scroll { background: none !important; }")"""
"""Axe cannot tell the contrast of what stands on a gradient, such as the shadows of a table."""
ALIKE = (".cards > li:nth-child(n + 4)", ".confusion:nth-child(n + 3)")
"""What a page has many of: the first ones are looked at."""
BRIEF = f"""() => document.styleSheets[0].insertRule(
    "@media print {{ .cards, .mistakes, .smalls, {ALIKE[1]} {{ display: none; }} }}"
)"""
"""What has no columns, or the same ones again, would only take time to read."""
HEADINGS = f"""() => [...document.querySelectorAll("main table th")]
  .filter((cell) => !cell.closest("{ALIKE[1]}"))
  .map((cell) => cell.innerText)"""


def _violations(page: Any, **options: Any) -> list[str]:
    options["resultTypes"] = ["violations"]
    found = Axe().run(page, {"exclude": [[each] for each in ALIKE]}, options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_violation_in_the_light_and_in_the_dark(
    shared: Callable[[str], Any], name: str
) -> None:
    page = shared(name)
    page.evaluate(UNFOLD)
    page.evaluate(PLAIN)
    assert _violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert _violations(page, runOnly=["color-contrast"]) == []


@pytest.mark.parametrize("name", NAMES)
def test_it_does_not_scroll_sideways(shared: Callable[[str], Any], name: str) -> None:
    page = shared(name)
    page.evaluate(UNFOLD)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) == 0, width


@pytest.mark.parametrize("name", ["2", "12", "sets"])
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
def test_the_first_screen_has_the_answer(shared: Callable[[str], Any], name: str) -> None:
    page = shared(name)
    below = ".runs > li" if name == "several" else "table.ranking thead"
    for width, parts in ((1280, ("h1", below)), (390, ("h1",))):
        page.set_viewport_size({"width": width, "height": 800})
        for part in parts:
            box = page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= 800, (width, part)


@pytest.mark.parametrize("name", ["2", "5", "12", "sets", "several"])
def test_every_column_and_every_row_is_in_the_pdf(shared: Callable[[str], Any], name: str) -> None:
    page = shared(name)
    headings = Counter(_squeezed(text) for text in page.evaluate(HEADINGS))
    page.evaluate(BRIEF)
    pdf = PdfReader(io.BytesIO(page.pdf(format="A4")))
    assert {sheet.mediabox.width < sheet.mediabox.height for sheet in pdf.pages} == {True}
    shown = _squeezed("".join(_texts_within(sheet) for sheet in pdf.pages))
    lost = {text: count for text, count in headings.items() if shown.count(text) < count}
    assert lost == {}


def _squeezed(text: str) -> str:
    """Leave out spaces and ends of lines, and take apart letters that are one in print."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def _texts_within(sheet: Any) -> str:
    """Return what stands on a sheet, not beside it."""
    texts: list[str] = []

    def note(text: str, page_at: Any, at: Any, _font: Any, _size: Any) -> None:
        if at[4] * page_at[0] + at[5] * page_at[2] + page_at[4] < float(sheet.mediabox.width):
            texts.append(text)

    sheet.extract_text(visitor_text=note)
    return "".join(texts)
