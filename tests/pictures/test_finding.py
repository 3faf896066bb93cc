"""Finding digits: each is found where it is and drawn as MNIST's are, or none is, and said."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from digitbench.pictures import FoundDigit, Picture, Reading, find_digits, read_picture
from digitbench.pictures.mnist_form import mnist_form
from drawn_digits import as_file, ink_of, on_paper

ONE_DIGIT = [(4, 90, 120, 110)]


def found(grey: NDArray[np.uint8]) -> Reading:
    return find_digits(Picture(grey))


def likeness(digit: FoundDigit, number: int) -> float:
    """Return how alike a found digit is to the clean drawing, from 0 to 1."""
    clean = mnist_form(ink_of((240, 240), [(number, 20, 20, 200)]).astype(np.float32))
    both = np.stack([clean.ravel(), digit.image.ravel()]).astype(float)
    return float(both[0] @ both[1] / np.linalg.norm(both[0]) / np.linalg.norm(both[1]))


def named(reading: Reading) -> list[int]:
    """Tell which of the drawn digits each found one is most like."""
    return [
        max((1, 2, 4, 7), key=lambda number: likeness(digit, number)) for digit in reading.digits
    ]


@pytest.mark.parametrize("inverted", [False, True])
def test_a_digit_is_drawn_as_mnist_does(inverted: bool) -> None:
    grey = on_paper(ink_of((400, 300), ONE_DIGIT))
    reading = found(255 - grey if inverted else grey)
    (digit,) = reading.digits
    assert likeness(digit, 4) > 0.95
    assert digit.image.dtype == np.uint8
    inked = digit.image > 127
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in {19, 20, 21}
    np.testing.assert_allclose(ndimage.center_of_mass(digit.image), (14, 14), atol=0.3)
    assert digit.image.max() == 255
    assert digit.notes == reading.problems == ()


def test_the_box_is_in_pixels_of_the_picture() -> None:
    grey = on_paper(ink_of((1000, 750), [(4, 190, 310, 250)]))
    (digit,) = found(grey).digits
    inked = np.argwhere(ink_of((1000, 750), [(4, 190, 310, 250)]) > 0.5)
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0) + 1
    box = digit.box
    np.testing.assert_allclose(
        (box.left, box.top, box.right, box.bottom), (left, top, right, bottom), atol=6
    )


def test_digits_are_read_line_by_line_from_left_to_right() -> None:
    first = [
        (number, 40 + 120 * place, 60 + 8 * place, 80) for place, number in enumerate([7, 1, 4])
    ]
    second = [(number, 60 + 120 * place, 260, 90) for place, number in enumerate([2, 2, 7])]
    assert named(found(on_paper(ink_of((420, 460), [*second, *first])))) == [7, 1, 4, 2, 2, 7]


@pytest.mark.parametrize("hardness", [2, 40])
def test_a_shadow_is_no_digit_and_hides_none(hardness: float) -> None:
    ink = ink_of((420, 460), [(7, 40, 250, 90), (2, 180, 250, 90), (4, 320, 60, 90)])
    shadow = np.fromfunction(lambda row, column: row > 120 + 0.6 * column, ink.shape)
    light = ndimage.gaussian_filter(np.where(shadow, 0.5, 1.0), hardness)
    grey = on_paper(ink, dimmed=0) * light
    assert named(found(grey.astype(np.uint8))) == [4, 7, 2]


@pytest.mark.parametrize("level", [0.85, 0.5])
def test_ruled_lines_are_left_out(level: float) -> None:
    ink = ink_of((420, 460), [(7, 40, 75, 90), (2, 180, 75, 90)])
    paper = np.ones_like(ink)
    paper[60::130] = paper[61::130] = level
    assert named(found((on_paper(ink) * paper).astype(np.uint8))) == [7, 2]


def test_the_table_beside_the_paper_is_left_out() -> None:
    grey = on_paper(ink_of((400, 500), [(7, 250, 150, 100)]))
    grey[:, :90] = 40
    grey[350:] = 45
    assert named(found(grey)) == [7]


def test_specks_are_left_out() -> None:
    ink = ink_of((400, 300), ONE_DIGIT)
    ink[30:34, 40:45] = ink[300:303, 200:204] = 1
    assert named(found(on_paper(ink))) == [4]


def test_strokes_far_too_thin_or_thick_are_brought_into_range() -> None:
    for pen in (0.012, 0.3):
        ink = ink_of((400, 300), [(7, 60, 100, 180)], pen)
        (digit,) = found(on_paper(ink)).digits
        assert 0.06 < (digit.image > 127).mean() < 0.3
        assert likeness(digit, 7) > 0.6


@pytest.mark.parametrize(
    ("left", "top"), [(-30, 100), (230, 100), (100, -30), (100, 330)], ids=["l", "r", "t", "b"]
)
def test_a_digit_cut_by_the_edge_is_said(left: int, top: int) -> None:
    (digit,) = found(on_paper(ink_of((400, 300), [(2, left, top, 100)], 0.12))).digits
    assert digit.notes == ("cut by the edge",)


def test_two_digits_that_touch_are_said() -> None:
    ink = ink_of((400, 400), [(2, 60, 100, 100), (2, 146, 105, 95)])
    (digit,) = found(on_paper(ink)).digits
    assert digit.notes == ("wide for one digit",)


def test_a_blank_page_is_said() -> None:
    for level in (0, 128, 255):
        assert found(np.full((40, 30), level, np.uint8)).problems == ("the page is blank",)
    for dimmed in (0.0, 0.6):
        reading = found(on_paper(np.zeros((400, 300)), dimmed=dimmed))
        assert (reading.digits, reading.problems) == ((), ("the page is blank",))


def test_a_page_with_something_else_has_no_digit() -> None:
    ink = np.zeros((400, 300))
    ink[200:203] = 1
    assert found(on_paper(ink)).problems == (
        "no digit was found: what is on the page looks like none",
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 2), (3, 500), (28, 28), (500, 7)])
def test_pictures_of_any_shape_are_answered(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(4)
    for grey in (
        np.zeros(shape, np.uint8),
        random.integers(0, 256, shape, np.uint8),
        (random.random(shape) > 0.9).astype(np.uint8) * 255,
    ):
        reading = found(grey)
        assert reading.digits or reading.problems
        assert all(digit.image.shape == (28, 28) for digit in reading.digits)


def test_an_image_of_28x28_stays_nearly_what_it_is() -> None:
    image = mnist_form(ink_of((240, 240), [(4, 20, 20, 200)]).astype(np.float32))
    (digit,) = found(image).digits
    assert likeness(digit, 4) > 0.97


def test_a_small_digit_is_cut_out_from_the_full_picture() -> None:
    grey = on_paper(ink_of((1200, 1600), [(4, 750, 500, 30)]))
    (digit,) = find_digits(read_picture(as_file(grey, "JPEG", quality=90))).digits
    assert likeness(digit, 4) > 0.93
