"""Photographs made by program: what is read from them is the ink that was put in."""

import io

import numpy as np
from PIL import Image

from benchlib.made_pictures import HEIGHT, WIDTH, photographs_of
from digitbench.pictures import find_digits, read_picture
from digitbench.pictures.mnist_form import mnist_form
from digitbench.types import Split
from drawn_digits import STROKES, ink_of


def made() -> Split:
    images = [
        mnist_form(ink_of((240, 240), [(digit, 20, 20, 200)]).astype(np.float32))
        for digit in STROKES
    ]
    return Split(np.stack(images), np.array(list(STROKES), np.uint8))


def test_what_is_read_is_the_ink_alone() -> None:
    for photograph in photographs_of(made(), 4, np.random.default_rng(2)):
        assert Image.open(io.BytesIO(photograph.file)).size == (WIDTH, HEIGHT)
        (digit,) = find_digits(read_picture(photograph.file)).digits
        both = np.stack([digit.image.ravel(), mnist_form(photograph.ink).ravel()]).astype(float)
        assert np.corrcoef(both)[0, 1] > 0.95


def test_a_quarter_is_inverted_and_the_seed_decides_all() -> None:
    first, second = (list(photographs_of(made(), 4, np.random.default_rng(3))) for _ in range(2))
    assert [one.file for one in first] == [one.file for one in second]
    inked = [np.asarray(Image.open(io.BytesIO(one.file)).convert("L"), float) for one in first]
    signs = [
        float(np.corrcoef(grey.ravel(), one.ink.ravel())[0, 1]) > 0
        for grey, one in zip(inked, first, strict=True)
    ]
    assert signs == [False, False, False, True]
