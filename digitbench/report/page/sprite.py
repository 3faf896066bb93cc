"""The digits of a page as one picture, of which every place on the page shows a part.

Each image is in it once. It is a PNG of 16 shades of black, from transparent paper to opaque ink,
so that the page's colours decide what paper and ink look like.
"""

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.types import IMAGE_SHAPE, Images

COLUMNS = 32
"""Digits in a row of the sprite."""

_SHADES = 16
_SIDE = IMAGE_SHAPE[0]


@dataclass(frozen=True)
class Tile:
    """A digit's place in the sprite, counted in digits."""

    column: int
    row: int


class Sprite:
    """Collects the digits that a page shows."""

    def __init__(self, images: Images | None) -> None:
        """Start with none.

        Args:
            images: all test images, uint8 `(n, 28, 28)`; None if there are none to show.
        """
        self._images = images
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    @property
    def has_images(self) -> bool:
        """Whether there are images to show."""
        return self._images is not None

    def tile(self, index: int) -> Tile | None:
        """Return the place of a test image, which is then in the sprite; None without images."""
        if self._images is None:
            return None
        place = self._places.setdefault(index, len(self._places))
        return Tile(place % COLUMNS, place // COLUMNS)

    def data(self) -> str | None:
        """Return the sprite as the base64 text of a PNG; None if it holds no digit."""
        if self._images is None or not self._places:
            return None
        rows = -(-len(self._places) // COLUMNS)
        tiles = np.zeros((rows * COLUMNS, *IMAGE_SHAPE), np.uint8)
        tiles[: len(self._places)] = self._images[list(self._places)] // (256 // _SHADES)
        sheet = tiles.reshape(rows, COLUMNS, _SIDE, _SIDE).swapaxes(1, 2)
        return b64encode(_png(sheet.reshape(rows * _SIDE, COLUMNS * _SIDE))).decode("ascii")


def digit_png(image: Images) -> str:
    """Return one image, uint8 `(28, 28)`, as the base64 text of a PNG."""
    return b64encode(_png(image // (256 // _SHADES))).decode("ascii")


def _png(shades: NDArray[np.uint8]) -> bytes:
    """Return a PNG of 4 bits a pixel, of black that is more or less opaque (PNG 1.2, section 4).

    Args:
        shades: 0 to 15, `(height, width)`; the width is even.
    """
    height, width = shades.shape
    packed = (shades[:, ::2] << 4) | shades[:, 1::2]
    unfiltered = np.insert(packed, 0, 0, axis=1)
    indexed, depth = 3, 4
    header = struct.pack(">IIBBBBB", width, height, depth, indexed, 0, 0, 0)
    alpha = bytes(255 * shade // (_SHADES - 1) for shade in range(_SHADES))
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(3 * _SHADES)),
        (b"tRNS", alpha),
        (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
