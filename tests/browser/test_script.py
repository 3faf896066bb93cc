"""What the script adds to a page."""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SVG = "{http://www.w3.org/2000/svg}"


def _column(table: Any, number: int) -> list[str]:
    rows = table.locator("tbody tr").all()
    return [row.locator("th, td").nth(number).inner_text() for row in rows]


def _number(table: Any, heading: str) -> int:
    texts = table.evaluate(
        """(table) => {
          const row = table.tBodies[0].rows[0];
          const lefts = [...row.cells].map((cell) => cell.getBoundingClientRect().left);
          return [...table.querySelectorAll("th > button")].map((button) => {
            const left = button.parentElement.getBoundingClientRect().left;
            return [button.innerText, lefts.findIndex((each) => Math.abs(each - left) < 1)];
          });
        }"""
    )
    return int(dict(texts)[heading])


def test_a_heading_sorts_by_value_and_back(opened: Callable[..., Any]) -> None:
    with opened("12") as found:
        table = found.page.locator("table.ranking")
        fit = table.get_by_role("button", name="Fit")
        column = _number(table, fit.inner_text())
        before = _column(table, 0)
        values = table.locator("tbody tr").all()
        raw = {
            row.locator("th, td").first.inner_text(): float(
                row.locator("th, td").nth(column).get_attribute("data-value")
            )
            for row in values
        }
        fit.focus()
        found.page.keyboard.press("Enter")
        assert [raw[name] for name in _column(table, 0)] == sorted(raw.values())
        assert table.locator("[aria-sort]").get_attribute("aria-sort") == "ascending"
        found.page.keyboard.press("Enter")
        assert [raw[name] for name in _column(table, 0)] == sorted(raw.values(), reverse=True)
        found.page.keyboard.press("Enter")
        assert _column(table, 0) == before
        assert table.locator("[aria-sort]").count() == 0


def test_absent_figures_come_last_either_way(opened: Callable[..., Any]) -> None:
    with opened("5") as found:
        table = found.page.locator("table.ranking")
        accuracy = table.get_by_role("button", name="Accuracy")
        for _ in range(2):
            accuracy.click()
            assert "wrong-labels" in table.locator("tbody tr").last.inner_text()


def test_a_matrix_is_one_tab_stop_and_arrow_keys_walk_it(opened: Callable[..., Any]) -> None:
    with opened("5") as found:
        for name in ("table.versus", "table.matrix"):
            table = found.page.locator(name).first
            assert table.locator("[tabindex='0']").count() == 1
            table.locator("[tabindex='0']").focus()
            found.page.keyboard.press("ArrowRight")
            found.page.keyboard.press("ArrowDown")
            place = found.page.evaluate(
                """() => {
                  const cell = document.activeElement.closest("td");
                  return [cell.parentElement.sectionRowIndex, cell.cellIndex];
                }"""
            )
            assert place == [1, 2], name
            assert table.locator("[tabindex='0']").count() == 1


def test_a_cell_of_a_matrix_shows_its_digits(opened: Callable[..., Any]) -> None:
    with opened("2") as found:
        link = found.page.locator("table.matrix a").last
        link.focus()
        found.page.keyboard.press("Enter")
        found.page.locator(link.get_attribute("href")).wait_for()


def test_the_gallery_keeps_what_is_asked_for(opened: Callable[..., Any]) -> None:
    with opened("5") as found:
        gallery = found.page.locator("#digits")
        shown = gallery.locator(".cards > li:visible")
        everything = shown.count()
        some = gallery.locator(".cards > li").first
        digit = some.get_attribute("data-digit")
        mistake = some.locator(".wrong").first
        model, said = mistake.get_attribute("data-model"), mistake.get_attribute("data-said")
        for label, value in (("Digit", digit), ("Misread by", model), ("As", said)):
            gallery.get_by_role("combobox", name=label, exact=True).select_option(value)
        assert 0 < shown.count() < everything
        for card in shown.all():
            assert card.get_attribute("data-digit") == digit
            assert card.locator(f".wrong[data-model='{model}'][data-said='{said}']").count() == 1
        told = gallery.get_by_role("status").inner_text()
        assert told == f"{shown.count()} of the {everything} digits shown"


def test_a_mark_tells_its_value(opened: Callable[..., Any]) -> None:
    with opened("2") as found:
        page = found.page
        dot = page.locator(".dots circle.dot").first
        dot.hover(force=True)
        assert page.locator(".tip").inner_text().startswith("trial ")
        page.keyboard.press("Escape")
        assert page.locator(".tip").is_hidden()
        page.locator(".dots").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator(".tip").inner_text() == page.locator(".status").inner_text() != ""
        page.locator("#curves svg.plot").first.hover(position={"x": 1, "y": 1})
        assert page.locator(".tip").inner_text().startswith("at ")


def _copied(page: Any, button: str, place: str = "#summary") -> str:
    page.evaluate("() => (navigator.clipboard.writeText = async (text) => (window.copied = text))")
    page.locator(place).get_by_role("button", name=button).click()
    page.locator(".status", has_text="copied").wait_for()
    return str(page.evaluate("() => window.copied"))


def test_a_table_is_copied_safely(opened: Callable[..., Any]) -> None:
    with opened("hostile") as found:
        headings, *rows = csv.reader(io.StringIO(_copied(found.page, "Copy as CSV"), newline=""))
        assert headings[:2] == ["Model", "Verdict"]
        assert {len(row) for row in rows} == {len(headings)}
        names = {row[0] for row in rows}
        assert "'=cmd|' /C calc'!A0" in names
        assert "a | b ` c * @d" in names
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
        markdown = _copied(found.page, "Copy as Markdown").splitlines()
        assert len(markdown) == 2 + len(rows)
        assert r"a \| b \` c \* @<!-- -->d" in "".join(markdown)
        assert found.page.title() != "owned"


@pytest.mark.parametrize("chart", [".panel:has(.dots)", "#costs figure"])
def test_a_chart_is_saved_as_a_file_of_its_own(opened: Callable[..., Any], chart: str) -> None:
    with opened("hostile") as found:
        tools = found.page.locator(chart).first.locator(".tools")
        with found.page.expect_download() as saved:
            tools.get_by_role("button", name="SVG").click()
        assert saved.value.suggested_filename.endswith(".svg")
        root = ET.parse(saved.value.path()).getroot()  # noqa: S314 (our own file)
        assert root.tag == f"{SVG}svg"
        assert not [e.tag for e in root.iter() if e.tag in {f"{SVG}script", f"{SVG}image"}]
        ids = {e.get("id") for e in root.iter()}
        assert all(use.get("href", "")[1:] in ids for use in root.iter(f"{SVG}use"))
        assert all("var(" not in value for e in root.iter() for value in e.attrib.values())
        with found.page.expect_download() as drawn:
            tools.get_by_role("button", name="PNG").click()
        png = Path(drawn.value.path()).read_bytes()
        assert png.startswith(b"\x89PNG")
        width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
        assert width == pytest.approx(2 * float(root.get("width", 0)), abs=2)
        assert height == pytest.approx(2 * float(root.get("height", 0)), abs=2)


def test_a_chart_that_shares_its_legend_takes_it_along(opened: Callable[..., Any]) -> None:
    with opened("sets") as found:
        chart = found.page.locator("figure.severity").first
        names = found.page.locator(".curves > .legend li").all_inner_texts()
        with found.page.expect_download() as saved:
            chart.get_by_role("button", name="SVG").click()
        root = ET.parse(saved.value.path()).getroot()  # noqa: S314 (our own file)
        texts = [text.text for text in root.iter(f"{SVG}text")]
        assert set(names) <= set(texts)
        assert chart.locator(".legend").count() == 0


def test_a_table_is_copied_with_its_foot(opened: Callable[..., Any]) -> None:
    with opened("sets") as found:
        tools = ".scroll:has(table.heat) + .tools"
        lines = _copied(found.page, "Copy as CSV", tools).splitlines()
        names = found.page.locator("table.heat tr > :first-child").all_inner_texts()
        assert [line.partition(",")[0] for line in lines] == names
        assert {"blur", "Mean", "mCE"} <= set(names)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_contents_stay_and_mark_the_section(opened: Callable[..., Any], width: int) -> None:
    with opened("12", width=width) as found:
        page = found.page
        for name in ("confusion", "provenance", "digits"):
            page.locator(f".top a[href='#{name}']").click()
            page.locator(f".top a[href='#{name}'][aria-current]").wait_for()
            assert page.locator(".top [aria-current]").count() == 1
            header = page.locator(".top").bounding_box()
            title = page.locator(f"#{name} h2").first.bounding_box()
            assert header["y"] == 0
            assert header["y"] + header["height"] <= title["y"] < 800


def test_a_run_unfolds_where_a_link_leads_to_it(opened: Callable[..., Any]) -> None:
    with opened("several") as found:
        page = found.page
        assert page.locator("#B-summary").is_hidden()
        page.locator("#runs a[href='#B']").click()
        page.locator("#B-summary").wait_for()
        assert page.locator("#A-summary").is_hidden()
        page.locator("nav.within:visible a", has_text="Digits").click()
        assert page.locator("#B-digits").bounding_box()["y"] < 800


def test_the_keyboard_goes_through_the_page_in_order(opened: Callable[..., Any]) -> None:
    with opened("2") as found:
        page = found.page
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "main"
        stops = page.evaluate(
            """() => [...document.querySelector("main")
                .querySelectorAll("a, button, select, summary, [tabindex]")]
              .filter((e) => e.tabIndex >= 0 && e.checkVisibility()).length"""
        )
        seen = 0
        while page.evaluate("() => document.activeElement.closest('main') !== null"):
            page.keyboard.press("Tab")
            assert page.evaluate(
                """() => {
                  const focused = document.activeElement;
                  const outline = getComputedStyle(focused).outlineStyle;
                  return focused === document.body || outline !== "none";
                }"""
            )
            seen += 1
            assert seen <= stops + 1
        assert seen == stops + 1


def test_the_policy_stops_any_other_script(
    browser: Any, pages: Mapping[str, Path], tmp_path: Path
) -> None:
    changed = tmp_path / "changed.html"
    html = pages["1"].read_text("utf-8")
    added = "<script>document.title = 'owned'</script></body>"
    changed.write_text(html.replace("</body>", added), "utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())
    assert page.locator(".tools").count() > 0
    assert page.title() != "owned"
    changed.write_text(html.replace('"use strict";', '"use strict"; document.title = "owned";'))
    page.goto(changed.as_uri())
    assert page.locator(".tools").count() == 0
    assert page.title() != "owned"
    page.close()
