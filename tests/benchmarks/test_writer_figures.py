"""Pictures and tables of the page on writers are what the committed figures make."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchlib.svg import Axis, Chart, percent
from benchlib.writer_pages import table_of
from benchlib.writer_pictures import PICTURES
from writer_figures import DOCS, made

RATES = {"accuracy grouped": 0.95, "accuracy plain": 0.8, "difference grouped": 0.96}
RATES |= {"difference plain": 0.7, "false grouped": 0.04, "false plain": 0.3}


def _coverage() -> dict[str, Any]:
    cell = {"icc": 0.01, "accuracy": 0.92, "trials": 5, "other_icc": None, "other_errors": 1.0}
    second = {**RATES, "accuracy plain": 0.9}
    return {"cells": [{"cell": cell, "rates": rates} for rates in (RATES, second)]}


def _parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 (our own)


def test_the_pictures_are_what_the_figures_make() -> None:
    for path, text in made(DOCS).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale"


def test_every_picture_is_shown() -> None:
    pages = [DOCS / "writers.md", DOCS.parent / "benchmarks" / "error_rates.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for name in PICTURES:
        assert (DOCS / "figures" / f"{name}.svg").exists()
        assert f"figures/{name}.svg" in text


def test_pictures_are_small_and_whole() -> None:
    for name in PICTURES:
        path = DOCS / "figures" / f"{name}.svg"
        root = _parsed(path.read_text(encoding="utf-8"))
        assert root.attrib["aria-label"]
        assert path.stat().st_size < 40_000


def test_a_table_has_the_lowest_and_the_highest_of_its_cells() -> None:
    table = table_of("coverage", _coverage())
    assert "| 0.01 | 80.0-90.0 | 95.0-95.0 | 70.0-70.0 | 96.0-96.0 | 30.0-30.0 |" in table
    assert "runs of each setting" not in table


def test_a_table_says_what_its_rates_are_worth() -> None:
    table = table_of("coverage", {**_coverage(), "runs": 1000})
    assert table.endswith(
        "1,000 runs of each setting: a share has a standard error of 0.7 at 95 and 1.3 at 80 %."
    )


def test_a_chart_escapes_and_places() -> None:
    chart = Chart("a < b", 100)
    axis = Axis(0, 1, 10, 110, (0.0, 0.5), percent)
    chart.horizontal(axis, "x & y")
    chart.interval(axis, (0.25, 0.75), 50, 0)
    root = _parsed(chart.svg())
    assert root.attrib["aria-label"] == "a < b"
    words = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert words == ["a < b", "0 %", "50 %", "x & y"]
    assert axis.at(0.25) == 35


@pytest.mark.slow
def test_the_script_says_what_is_stale(
    run_script: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    figures = tmp_path / "docs" / "figures"
    figures.mkdir(parents=True)
    (figures / "coverage.json").write_text(json.dumps(_coverage()), encoding="utf-8")
    stale = run_script("writer_figures", "--docs", str(figures.parent), "--check")
    assert stale.returncode == 1
    assert stale.stdout.splitlines() == ["figures/coverage.svg is not what it would be"]
    assert run_script("writer_figures", "--docs", str(figures.parent)).returncode == 0
    assert run_script("writer_figures", "--docs", str(figures.parent), "--check").returncode == 0
