"""The page's colours can be read: contrast as WCAG 2.2 asks for it, 1.4.3 and 1.4.11."""

import re
from importlib.resources import files
from itertools import combinations

import pytest

TEXTS = ("ink", "dim", "accent", "wrong", "good", "open")
MODELS = tuple(f"c{number}" for number in range(8))
HEAT = 0.56
"""How opaque the strongest cell of a confusion matrix is."""

Colour = tuple[float, float, float]


def _palettes() -> dict[str, dict[str, Colour]]:
    """Return the colours in the light, in the dark and on paper."""
    templates = files("digitbench.report.page") / "templates"
    style, plots = ((templates / f"{name}.css").read_text("utf-8") for name in ("style", "plots"))
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    (paper,) = re.findall(r":root \{(.*?)\}", plots, re.DOTALL)
    return {name: _colours(text) for name, text in
            (("light", light), ("dark", dark), ("paper", paper))}  # fmt: skip


def _colours(text: str) -> dict[str, Colour]:
    found = {}
    for name, value in re.findall(r"--([\w-]+): ([^;]+);", text):
        if value.startswith("#"):
            channels = [int(value[at : at + 2], 16) for at in (1, 3, 5)]
        elif re.fullmatch(r"\d+ \d+ \d+", value):
            channels = [int(channel) for channel in value.split()]
        else:
            continue
        found[name] = (float(channels[0]), float(channels[1]), float(channels[2]))
    return found


def _contrast(a: Colour, b: Colour) -> float:
    low, high = sorted(map(_luminance, (a, b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", ["light", "dark", "paper"])
def test_texts_and_markers_stand_out(palette: str) -> None:
    colours = _palettes()[palette]
    for name in TEXTS:
        for ground in ("page", "panel"):
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert _contrast(colours["ink"], colours["wrong-tint"]) >= 4.5
    for name in MODELS:
        assert _contrast(colours[name], colours["page"]) >= 3, name


@pytest.mark.parametrize("palette", ["light", "dark", "paper"])
def test_numbers_in_coloured_cells_can_be_read(palette: str) -> None:
    colours = _palettes()[palette]
    mixed = [
        HEAT * heat + (1 - HEAT) * page
        for heat, page in zip(colours["heat"], colours["page"], strict=True)
    ]
    assert _contrast(colours["ink"], (mixed[0], mixed[1], mixed[2])) >= 4.5


@pytest.mark.parametrize("palette", ["light", "dark", "paper"])
def test_no_two_models_share_a_colour(palette: str) -> None:
    colours = _palettes()[palette]
    for a, b in combinations(MODELS, 2):
        distance = sum(abs(x - y) for x, y in zip(colours[a], colours[b], strict=True))
        assert distance > 60, (a, b)


def test_hidden_texts_of_a_scrolling_table_stay_in_its_box() -> None:
    style = (files("digitbench.report.page") / "templates" / "style.css").read_text("utf-8")
    (hidden,) = re.findall(r"^\.vh \{(.*)\}", style, re.MULTILINE)
    (box,) = re.findall(r"^\.scroll \{(.*)\}", style, re.MULTILINE)
    assert "position: absolute" in hidden
    assert "position: relative" in box  # else the page itself scrolls sideways on a phone
    assert "overflow-x: auto" in box
