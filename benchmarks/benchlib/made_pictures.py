"""Pictures of digits made by program: as if written on paper and photographed by a phone."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 300, 400
_SMALLEST, _LARGEST = 45, 230
"""How long the longer side of a digit is, in pixels."""


@dataclass(frozen=True)
class Conditions:
    """How a photograph is taken.

    Attributes:
        inverted: bright ink on dark ground.
    """

    inverted: bool


def digit_stencil(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the ink of an MNIST image, cut to its extent, from 0 to 1, enlarged eightfold."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (cut.shape[1] * 8, cut.shape[0] * 8)
    smooth = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BICUBIC), np.float32)
    return np.asarray(np.clip((smooth / 255 - 0.2) / 0.6, 0, 1), np.float32)


def font_stencil(font_file: str, digit: int) -> NDArray[np.float32]:
    """Return the ink of a font's digit, cut to its extent, from 0 to 1; 200 points high.

    Raises:
        ValueError: the font has no ink for it.
    """
    font = ImageFont.truetype(font_file, 200)
    canvas = Image.new("L", (600, 600))
    ImageDraw.Draw(canvas).text((200, 200), str(digit), font=font, fill=255)
    box = canvas.getbbox()
    if box is None:
        raise ValueError(f"{font_file} has no {digit}")
    return np.asarray(canvas.crop(box), np.float32) / 255


def photograph(
    stencil: NDArray[np.float32], random: np.random.Generator, *, inverted: bool
) -> bytes:
    """Write a digit anywhere on paper, at any size and up to 15 degrees turned; a JPEG of it.

    Light falls from a side, the sensor is noisy, and an `inverted` one is turned to its negative.

    Args:
        stencil: float32 `(height, width)`, how much ink there is, from 0 to 1.
        random: decides everything else.
        inverted: whether it is.
    """
    side = random.uniform(_SMALLEST, _LARGEST)
    turned = Image.fromarray(stencil)
    scale = side / max(turned.size)
    turned = turned.resize(
        (max(3, round(turned.width * scale)), max(3, round(turned.height * scale))),
        Image.Resampling.HAMMING,
    ).rotate(random.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)
    ink = np.zeros((HEIGHT, WIDTH), np.float32)
    top = random.integers(2, HEIGHT - turned.height - 1)
    left = random.integers(2, WIDTH - turned.width - 1)
    ink[top : top + turned.height, left : left + turned.width] = np.clip(turned, 0, 1)
    paper = random.uniform(150, 245)
    darkest = random.uniform(0.1, 0.5)
    reflectance = 1 - ink * (1 - darkest)
    bright = np.clip(paper * _light(random) * reflectance, 0, 255)
    if inverted:
        bright = 255 - bright
    noisy = bright + random.normal(0, random.uniform(2, 10), bright.shape)
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    coloured = Image.fromarray(np.stack([pixels] * 3, axis=-1))
    file = io.BytesIO()
    coloured.save(file, "JPEG", quality=int(random.integers(40, 91)))
    return file.getvalue()


def _light(random: np.random.Generator) -> NDArray[np.float64]:
    """Return light from a side, falling to between 45 and 95 % at the other, `(HEIGHT, WIDTH)`."""
    angle, fall = random.uniform(0, 2 * np.pi), random.uniform(0.05, 0.55)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    along = np.cos(angle) * columns / WIDTH + np.sin(angle) * rows / HEIGHT
    along = (along - along.min()) / (along.max() - along.min())
    return np.asarray(1 - fall * along ** random.uniform(0.7, 2))
