"""The sprite is a PNG that holds each digit once, where its tile says."""

import zlib
from base64 import b64decode

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.report.page.sprite import COLUMNS, Sprite
from digitbench.types import Images


@pytest.fixture(scope="module")
def images() -> Images:
    return np.random.default_rng(0).integers(0, 256, (100, 28, 28)).astype(np.uint8)


def _decoded(data: str) -> NDArray[np.uint8]:
    """Read a PNG of 4 bits a pixel without filters; its opacity, 0 to 255."""
    png = b64decode(data, validate=True)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert int.from_bytes(png[at + 8 + size : at + 12 + size]) == zlib.crc32(name + body)
        chunks[name], at = body, at + 12 + size
    assert list(chunks) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    header = chunks[b"IHDR"]
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    assert header[8:] == bytes([4, 3, 0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    shades = np.stack([rows[:, 1:] >> 4, rows[:, 1:] & 15], axis=2).reshape(height, width)
    return np.frombuffer(chunks[b"tRNS"], np.uint8)[shades]


def test_each_tile_is_where_it_is_said_to_be(images: Images) -> None:
    sprite = Sprite(images)
    indices = [5, 99, 5, *range(40)]
    tiles = {index: sprite.tile(index) for index in indices}
    assert len(sprite) == len(tiles) == 41
    data = sprite.data()
    assert data is not None
    sheet = _decoded(data)
    assert sheet.shape == (2 * 28, COLUMNS * 28)
    for index, tile in tiles.items():
        assert tile is not None
        top, left = 28 * tile.row, 28 * tile.column
        shown = sheet[top : top + 28, left : left + 28].astype(int)
        assert np.abs(shown - images[index]).max() <= 16
    assert not sheet[28:, (41 - COLUMNS) * 28 :].any()


def test_paper_is_transparent_and_ink_opaque(images: Images) -> None:
    both = images.copy()
    both[0], both[1] = 0, 255
    sprite = Sprite(both)
    sprite.tile(0)
    sprite.tile(1)
    data = sprite.data()
    assert data is not None
    sheet = _decoded(data)
    assert not sheet[:, :28].any()
    assert (sheet[:, 28:56] == 255).all()


def test_nothing_to_show(images: Images) -> None:
    assert Sprite(images).data() is None
    without = Sprite(None)
    assert without.tile(3) is None
    assert without.data() is None
