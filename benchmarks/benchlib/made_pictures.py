"""Pictures of digits made by program: as if written on paper and photographed by a phone."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitbench.types import Split

WIDTH, HEIGHT = 300, 400
_SMALLEST, _LARGEST = 45, 230
"""How long the longer side of a digit is, in pixels."""

_INVERTED_EVERY = 4

Stencil = NDArray[np.float32]
"""How much ink there is, from 0 to 1, float32 `(height, width)`, cut to its extent."""


def digit_stencil(image: NDArray[np.uint8]) -> Stencil:
    """Return the ink of an MNIST image, enlarged eightfold."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (cut.shape[1] * 8, cut.shape[0] * 8)
    smooth = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BICUBIC))
    return np.asarray(np.clip((smooth / 255 - 0.2) / 0.6, 0, 1), np.float32)


def font_stencil(font_file: Path, digit: int) -> Stencil:
    """Return the ink of a font's digit, about 200 pixels high.

    Raises:
        ValueError: the font has no ink for it.
    """
    font = ImageFont.truetype(font_file, 200)
    canvas = Image.new("L", (600, 600))
    ImageDraw.Draw(canvas).text((200, 200), str(digit), font=font, fill=255)
    box = canvas.getbbox()
    if box is None:
        raise ValueError(f"{font_file} has no {digit}")
    return np.asarray(np.asarray(canvas.crop(box)) / 255, np.float32)


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph of a digit.

    Attributes:
        file: JPEG.
        label: the digit.
        ink: float32 `(HEIGHT, WIDTH)`, the ink alone, without paper, light and camera.
    """

    file: bytes
    label: int
    ink: Stencil


def photographs_of(images: Split, count: int, random: np.random.Generator) -> Iterator[Photograph]:
    """Photograph some images, drawn without replacement."""
    for number, chosen in enumerate(random.choice(len(images), count, replace=False)):
        inverted = number % _INVERTED_EVERY == _INVERTED_EVERY - 1
        ink = _placed(digit_stencil(images.images[chosen]), random)
        file = _photographed(ink, random, inverted=inverted)
        yield Photograph(file, int(images.labels[chosen]), ink)


def photographs_of_fonts(fonts: list[Path], random: np.random.Generator) -> Iterator[Photograph]:
    """Photograph the ten digits of each font."""
    for number, (font, digit) in enumerate((font, digit) for font in fonts for digit in range(10)):
        inverted = number % _INVERTED_EVERY == _INVERTED_EVERY - 1
        ink = _placed(font_stencil(font, digit), random)
        yield Photograph(_photographed(ink, random, inverted=inverted), digit, ink)


def large_photograph(stencil: Stencil, random: np.random.Generator) -> bytes:
    """Return a JPEG of 12 megapixels, 4000x3000, with a digit in it."""
    small = Image.open(io.BytesIO(_photographed(_placed(stencil, random), random, inverted=False)))
    large = np.asarray(small.convert("L").resize((3000, 4000), Image.Resampling.BICUBIC))
    noisy = large + random.normal(0, 4, large.shape)
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.stack([pixels] * 3, axis=-1)).save(file, "JPEG", quality=90)
    return file.getvalue()


def naive(picture: bytes) -> NDArray[np.uint8]:
    """Return what many a tutorial makes of a picture: grey, 28x28, turned to its negative."""
    grey = Image.open(io.BytesIO(picture)).convert("L")
    return 255 - np.asarray(grey.resize((28, 28), Image.Resampling.BICUBIC))


def _placed(stencil: Stencil, random: np.random.Generator) -> Stencil:
    """Return the ink of a page: the digit anywhere, of any size, up to 15 degrees turned."""
    scale = random.uniform(_SMALLEST, _LARGEST) / max(stencil.shape)
    height, width = (max(3, round(side * scale)) for side in stencil.shape)
    turned = (
        Image.fromarray(stencil)
        .resize((width, height), Image.Resampling.HAMMING)
        .rotate(random.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)
    )
    top = random.integers(2, HEIGHT - turned.height - 1)
    left = random.integers(2, WIDTH - turned.width - 1)
    page = np.zeros((HEIGHT, WIDTH), np.float32)
    page[top : top + turned.height, left : left + turned.width] = np.asarray(turned)
    return np.asarray(np.clip(page, 0, 1), np.float32)


def _photographed(ink: Stencil, random: np.random.Generator, *, inverted: bool) -> bytes:
    """Return a JPEG of a page: light falls from a side, and the sensor is noisy.

    Args:
        ink: of the whole page.
        random: decides paper, pen, light, noise and quality.
        inverted: bright ink on dark ground: the negative.
    """
    paper, darkest = random.uniform(150, 245), random.uniform(0.1, 0.5)
    bright = np.clip(paper * _light(random) * (1 - ink * (1 - darkest)), 0, 255)
    if inverted:
        bright = 255 - bright
    noisy = bright + random.normal(0, random.uniform(2, 10), bright.shape)
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    coloured = Image.fromarray(np.stack([pixels] * 3, axis=-1))
    coloured.save(file, "JPEG", quality=int(random.integers(40, 91)))
    return file.getvalue()


def _light(random: np.random.Generator) -> NDArray[np.float64]:
    """Return light from a side, `(HEIGHT, WIDTH)`; at the other it is 5 to 55 % less."""
    angle, fall = random.uniform(0, 2 * np.pi), random.uniform(0.05, 0.55)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    along = np.cos(angle) * columns / WIDTH + np.sin(angle) * rows / HEIGHT
    along = (along - along.min()) / (along.max() - along.min())
    return np.asarray(1 - fall * along ** random.uniform(0.7, 2))
