"""The README is a landing page: short, with pictures that are there and a model in ten lines."""

import importlib.util
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PICTURES = ["docs/figures/terminal.svg", "docs/figures/report.png"]
MOST_LINES = 150
MOST_BYTES = 200_000


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def pictures(root: Path) -> ModuleType:
    """Return `docs/pictures.py` as a module."""
    spec = importlib.util.spec_from_file_location("pictures", root / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def loaded_from(svg: str) -> list[str]:
    """Return what a picture would load: fonts, images, style sheets."""
    return re.findall(r"(?:url\(|href=\"|src=\")(?!#)[\"']?([^\"')]+)", svg)


def test_it_is_short(readme: str) -> None:
    assert len(readme.splitlines()) <= MOST_LINES


def test_it_shows_both_pictures_and_says_what_they_show(readme: str) -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", readme)
    assert [target for _, target in shown] == PICTURES
    assert all(len(words.split()) > 10 for words, _ in shown)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_there_and_small(name: str, root: Path) -> None:
    assert 10_000 < (root / name).stat().st_size < MOST_BYTES


def test_the_terminal_shows_the_verdict_that_is_quoted_and_loads_nothing(
    readme: str, root: Path
) -> None:
    svg = (root / PICTURES[0]).read_text(encoding="utf-8")
    words = " ".join("".join(f"{text} " for text in ET.fromstring(svg).itertext()).split())  # noqa: S314
    quoted = " ".join(re.findall(r"^> (.*)$", readme, re.MULTILINE))
    assert len(quoted) > 80
    assert quoted in words
    assert all(f" {model} " in words for model in ("cnn", "svm", "knn", "softmax"))
    assert loaded_from(svg) == []


def test_a_terminal_is_drawn_in_its_colours(pictures: ModuleType) -> None:
    plain, red = (pictures.terminal_svg(f"{start}knn\x1b[0m\n", 40) for start in ("", "\x1b[31m"))
    assert ">knn<" in red
    fills = [set(re.findall(r"fill: (#\w+)", svg)) for svg in (plain, red)]
    assert fills[1] - fills[0]
    assert loaded_from(red) == []


def test_a_model_takes_ten_lines(blocks: Callable[[str], list[Any]]) -> None:
    (block,) = (b for b in blocks("README.md") if b.marker == "file: majority.py")
    assert len([line for line in block.text.splitlines() if line.strip()]) <= 10
