"""Digits in the terminal: the right pixels, as many side by side as fit, in colour or not."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment

from digitbench.report.terminal_images import CELL_COLUMNS, CaptionedDigit, DigitGallery, shrunk

Image = NDArray[np.uint8]


def square(top: int, left: int, side: int, level: int = 255) -> Image:
    """Make a MNIST-sized image with a square of ink."""
    image = np.zeros((28, 28), np.uint8)
    image[top : top + side, left : left + side] = level
    return image


def console(width: int = 80, *, colours: bool = False) -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    return Console(
        file=file,
        width=width,
        force_terminal=colours,
        color_system="truecolor" if colours else None,
        highlight=False,
    )


def printed(target: Console, *digits: CaptionedDigit) -> str:
    target.print(DigitGallery(digits))
    file = target.file
    assert isinstance(file, io.TextIOWrapper)
    file.flush()
    content = file.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode(file.encoding)


def digit(image: Image, *caption: str) -> CaptionedDigit:
    return CaptionedDigit(image, caption)


def test_what_is_smaller_than_its_place_keeps_every_pixel() -> None:
    image = square(3, 5, 4)
    image[4, 6] = 77
    (small,) = shrunk(image[None], CELL_COLUMNS)
    assert np.array_equal(small, image[3:7, 5:9])


def test_all_are_cut_to_one_scale_with_their_ink_in_the_middle() -> None:
    large, small = shrunk(np.stack([square(0, 0, 10), square(24, 2, 4)]), CELL_COLUMNS)
    assert np.array_equal(large, np.full((10, 10), 255))
    assert np.array_equal(np.argwhere(small).min(axis=0), (3, 3))
    assert np.array_equal(np.argwhere(small).max(axis=0), (6, 6))


def test_what_is_larger_is_averaged_over_areas() -> None:
    image = np.zeros((36, 36), np.uint8)
    image[:, ::2] = 200
    image[:, 35] = 200
    (half,) = shrunk(image[None], 18)
    assert half.shape == (18, 18)
    assert np.array_equal(half[:, :17], np.full((18, 17), 100))
    (odd,) = shrunk(np.full((1, 20, 20), 130, np.uint8), 18)
    assert np.array_equal(odd, np.full((18, 18), 130))


@given(arrays(np.uint8, st.tuples(st.just(2), st.integers(1, 40), st.integers(1, 40))))
def test_any_images_fit_and_have_an_even_number_of_rows(images: Image) -> None:
    found = shrunk(images, CELL_COLUMNS)
    assert found.shape[0] == 2
    assert found.shape[1] % 2 == 0
    assert found.shape[1] <= CELL_COLUMNS
    assert found.shape[2] <= CELL_COLUMNS
    assert found.max() <= images.max()


@pytest.mark.parametrize(("width", "per_row"), [(18, 1), (40, 2), (80, 4), (120, 6), (10, 1)])
def test_as_many_stand_side_by_side_as_the_width_allows(width: int, per_row: int) -> None:
    digits = [digit(square(4, 4, 20), f"#{i}", "true 4") for i in range(7)]
    lines = printed(console(width), *digits).splitlines()
    assert max(map(cell_len, lines)) <= width
    first = next(line for line in lines if "#0" in line)
    assert [f"#{i}" in first for i in range(7)] == [i < per_row for i in range(7)]


def test_the_parts_of_a_caption_share_lines_where_they_fit() -> None:
    text = printed(console(), digit(square(4, 4, 6), "#8", "true 5", "A 9 (5/5)", "B 4 (5/5)"))
    captions = [line.strip() for line in text.splitlines()[3:]]
    assert captions == ["#8 · true 5", "A 9 (5/5)", "B 4 (5/5)"]


def test_a_part_that_is_too_long_is_wrapped_whole() -> None:
    text = printed(console(), digit(square(4, 4, 6), "A 9 (12/20) 4 (5/20) 7 (3/20)"))
    assert "".join(text.split()).endswith("A9(12/20)4(5/20)7(3/20)")


def test_without_colours_blocks_and_shades_say_how_much_ink_there_is() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[10:12, 8:14] = [[255, 255, 0, 150, 60, 0], [255, 0, 255, 150, 60, 0]]
    text = printed(console(), digit(image))
    assert [line.rstrip() for line in text.splitlines() if line.strip()] == ["█▀▄▓░"]
    assert "\x1b" not in text


def test_with_colours_every_half_block_has_its_two_greys() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[10:12, 8:10] = [[255, 128], [64, 200]]
    target = console(colours=True)
    lines = target.render_lines(DigitGallery([digit(image)]), pad=False)
    blocks = [segment for segment in lines[0] if segment.text == "▀"]
    assert [greys(segment) for segment in blocks] == [(255, 64), (128, 200)]


def greys(segment: Segment) -> tuple[int, int]:
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    ink, paper = segment.style.color.triplet, segment.style.bgcolor.triplet
    assert ink is not None
    assert paper is not None
    assert len(set(ink)) == len(set(paper)) == 1
    return ink.red, paper.red


def test_no_color_means_shades_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(console(colours=True), digit(square(4, 4, 20)))
    assert "█" in text
    assert "\x1b" not in text


def test_a_blank_image_and_no_images_are_no_trouble() -> None:
    text = printed(console(), digit(np.zeros((28, 28), np.uint8), "blank"))
    assert text.split() == ["blank"]
    assert printed(console()) == ""


def test_captions_are_text_and_no_markup() -> None:
    assert "[red]x[/red]" in printed(console(), digit(square(4, 4, 6), "[red]x[/red]"))
