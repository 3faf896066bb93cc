"""Corruptions that settings are chosen on: none of them is among those that digitbench reports.

They are drawn anew for each image, from one seed, so that every setting sees the same ones.
"""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from digitbench import Images

Picture = NDArray[np.float64]
"""One image, float64 `(28, 28)`, from 0 to 1."""

SIDE = 28
PIECE = 7


def _gaussian_noise(image: Picture, random: np.random.Generator) -> Picture:
    return image + random.normal(0, 0.3, image.shape)


def _block_noise(image: Picture, random: np.random.Generator) -> Picture:
    return image + np.kron(random.normal(0, 0.25, (14, 14)), np.ones((2, 2)))


def _defocus_blur(image: Picture, random: np.random.Generator) -> Picture:
    rows, columns = np.indices((7, 7)) - 3
    disk = (np.hypot(rows, columns) <= random.uniform(2, 3)).astype(float)
    return ndimage.convolve(image, disk / disk.sum(), mode="constant")


def _elastic(image: Picture, random: np.random.Generator) -> Picture:
    moves = [ndimage.gaussian_filter(random.uniform(-1, 1, image.shape), 3) for _ in range(2)]
    places = np.indices(image.shape) + 28 * np.array(moves)
    return ndimage.map_coordinates(image, places, order=1)


def _perspective(image: Picture, random: np.random.Generator) -> Picture:
    rows, columns = np.indices(image.shape) - 13.5
    tilt = random.uniform(0.015, 0.025, 2) * random.choice((-1, 1), 2)
    depth = 1 + tilt[0] * rows + tilt[1] * columns
    return ndimage.map_coordinates(image, 13.5 + np.array([rows, columns]) / depth, order=1)


def _contrast(image: Picture, random: np.random.Generator) -> Picture:
    return 0.5 + random.uniform(0.15, 0.3) * (image - 0.5)


def _gamma(image: Picture, random: np.random.Generator) -> Picture:
    return np.asarray(image ** random.choice((0.2, 5.0)))


def _inverted(image: Picture, random: np.random.Generator) -> Picture:
    del random
    return 1 - image


def _background_gradient(image: Picture, random: np.random.Generator) -> Picture:
    angle = random.uniform(0, 2 * np.pi)
    rows, columns = np.indices(image.shape) / (SIDE - 1) - 0.5
    slope = np.cos(angle) * rows + np.sin(angle) * columns
    return np.asarray(np.maximum(image, 0.4 + 0.7 * slope))


def _ripples(image: Picture, random: np.random.Generator) -> Picture:
    angle, phase = random.uniform(0, 2 * np.pi, 2)
    rows, columns = np.indices(image.shape)
    along = np.cos(angle) * rows + np.sin(angle) * columns
    waves = np.sin(2 * np.pi * along / random.uniform(4, 9) + phase)
    return np.asarray(image + 0.25 * (1 + waves))


def _pixelate(image: Picture, random: np.random.Generator) -> Picture:
    del random
    return np.kron(image.reshape(7, 4, 7, 4).mean((1, 3)), np.ones((4, 4)))


def _jpeg(image: Picture, random: np.random.Generator) -> Picture:
    del random
    file = BytesIO()
    Image.fromarray(np.uint8(255 * image)).save(file, "JPEG", quality=3)
    return np.asarray(Image.open(file), float) / 255


def _erosion(image: Picture, random: np.random.Generator) -> Picture:
    del random
    return np.asarray(ndimage.grey_erosion(image, (2, 2)))


def _dilation(image: Picture, random: np.random.Generator) -> Picture:
    del random
    return np.asarray(ndimage.grey_dilation(image, (4, 4)))


def _squares(image: Picture, random: np.random.Generator) -> Picture:
    covered = image.copy()
    for value in random.uniform(0, 1, 2):
        row, column = random.integers(4, 18, 2)
        covered[row : row + 6, column : column + 6] = value
    return covered


def _grid(image: Picture, random: np.random.Generator) -> Picture:
    covered = image.copy()
    row, column = random.integers(0, 7, 2)
    covered[row::7] = covered[:, column::7] = 0.8
    return covered


def _clutter(image: Picture, random: np.random.Generator) -> Picture:
    """Scatter mirrored pieces of the digit around its middle."""
    pieces = np.zeros_like(image)
    for _ in range(5):
        piece = image[8:20, 8:20][:: random.choice((-1, 1)), :: random.choice((-1, 1))]
        corner = random.integers(0, SIDE - PIECE + 1, 2)
        if np.abs(corner - (SIDE - PIECE + 1) // 2).max() >= PIECE:
            place = tuple(slice(first, first + PIECE) for first in corner)
            pieces[place] = np.maximum(pieces[place], piece[:PIECE, :PIECE])
    return np.maximum(image, pieces)


CORRUPTIONS: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "gaussian_noise": _gaussian_noise,
    "block_noise": _block_noise,
    "defocus_blur": _defocus_blur,
    "elastic": _elastic,
    "perspective": _perspective,
    "contrast": _contrast,
    "gamma": _gamma,
    "inverted": _inverted,
    "background_gradient": _background_gradient,
    "ripples": _ripples,
    "pixelate": _pixelate,
    "jpeg": _jpeg,
    "erosion": _erosion,
    "dilation": _dilation,
    "squares": _squares,
    "grid": _grid,
    "clutter": _clutter,
}
"""What each does to one picture; what leaves the range from 0 to 1 is cut off."""


def corrupted(name: str, images: Images, seed: int) -> Images:
    """Corrupt images, each by its own draw.

    Args:
        name: of the corruption.
        images: uint8 `(n, 28, 28)`.
        seed: where the draws come from.

    Returns:
        New images of the same shape and dtype.
    """
    corrupt, random = CORRUPTIONS[name], np.random.default_rng(seed)
    made = [np.clip(corrupt(image / 255, random), 0, 1) for image in images]
    return np.rint(255 * np.array(made)).astype(np.uint8)
