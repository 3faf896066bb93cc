"""Reading a picture: every kind of file gives grey pixels, or one line that says what is wrong."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitbench.errors import PictureError
from digitbench.pictures import read_picture
from digitbench.pictures.reading import MOST_BYTES
from drawn_digits import as_file

GREY = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_a_grey_picture_is_read_as_it_is(kind: str) -> None:
    np.testing.assert_array_equal(read_picture(as_file(GREY, kind)).grey, GREY)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_gives_grey_pixels(mode: str) -> None:
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG", "I": "TIFF", "F": "TIFF"}.get(mode, "PNG")
    image = Image.fromarray(np.where(GREY > 120, 255, 0).astype(np.uint8)).convert(mode)
    grey = read_picture(saved(image, kind)).grey
    assert grey.shape == GREY.shape
    assert grey[-1].mean() > 240
    assert grey[0].mean() < 15


def test_16_bits_are_scaled_by_what_they_can_say() -> None:
    full = np.linspace(0, 65_535, 240).reshape(12, 20).astype(np.uint16)
    grey = read_picture(as_file(full)).grey
    np.testing.assert_allclose(grey, full / 257, atol=0.51)
    of_12_bits = read_picture(as_file((full // 16).astype(np.uint16))).grey
    np.testing.assert_allclose(of_12_bits, full / 257, atol=0.6)


def test_transparency_is_laid_onto_white() -> None:
    pixels = np.zeros((4, 6, 4), np.uint8)
    pixels[0, 0, 3] = 255
    grey = read_picture(as_file(pixels)).grey
    assert grey[0, 0] == 0
    assert (grey[1:] == 255).all()


def test_white_strokes_on_nothing_are_laid_onto_black() -> None:
    pixels = np.full((4, 6, 4), 255, np.uint8)
    pixels[1:, :, 3] = 0
    grey = read_picture(as_file(pixels)).grey
    assert (grey[0] == 255).all()
    assert (grey[1:] == 0).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int) -> None:
    turned = {
        1: GREY,
        2: GREY[:, ::-1],
        3: GREY[::-1, ::-1],
        4: GREY[::-1],
        5: GREY.T,
        6: np.rot90(GREY),
        7: np.rot90(GREY, 2).T,
        8: np.rot90(GREY, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(np.ascontiguousarray(turned[orientation])), "PNG", exif=exif)
    np.testing.assert_array_equal(read_picture(data).grey, GREY)


def test_of_several_frames_the_first_is_read_and_said() -> None:
    frames = [Image.fromarray(np.full((5, 5), level, np.uint8)) for level in (10, 250)]
    picture = read_picture(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert (picture.grey == 10).all()
    assert picture.notes == ("it has several frames: the first is read",)
    assert read_picture(saved(frames[0], "GIF")).notes == ()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (header, *chunks, (b"IEND", b""))
    )


@pytest.mark.parametrize("side", [8_001, 10_000, 14_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(PictureError, match="million pixels") as caught:
        read_picture(png(side, side, (b"IDAT", zlib.compress(bytes(1000)))), "bomb.png")
    assert str(caught.value).startswith("bomb.png has more than 64 million pixels")
    assert "\n" not in str(caught.value)


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    data = as_file(GREY, "JPEG", progressive=True)
    scan = data[data.index(b"\xff\xda") : -2]
    with pytest.raises(PictureError, match="takes too long"):
        read_picture(data[:-2] + 200 * scan + data[-2:])


def test_a_bomb_of_text_is_refused() -> None:
    text = (b"zTXt", b"k\0\0" + zlib.compress(bytes(80_000_000)))
    idat = (b"IDAT", zlib.compress(bytes(6)))
    with pytest.raises(PictureError, match="is damaged"):
        read_picture(png(2, 2, text, idat))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_a_truncated_or_damaged_file_is_one_line_or_a_picture(kind: str) -> None:
    data = as_file(GREY, kind)
    random = np.random.default_rng(3)
    for length in range(0, len(data) - 12, max(1, len(data) // 25)):
        damaged = bytearray(data)
        damaged[int(random.integers(len(data)))] ^= 1 << int(random.integers(8))
        for bad in (data[:length], bytes(damaged)):
            try:
                assert read_picture(bad).grey.ndim == 2
            except PictureError as error:
                assert str(error).count("\n") == 0


def test_half_a_photograph_is_refused() -> None:
    data = as_file(np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8), "JPEG")
    with pytest.raises(PictureError, match="is damaged"):
        read_picture(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no picture known here; save it as JPEG or PNG"),
        (b"%PDF-1.7", "no picture known here"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture known here"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC or AVIF picture; save it as JPEG or PNG"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        read_picture(data, "x")


def test_a_file_that_is_too_long_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 10)
    with pytest.raises(PictureError, match=r"long\.png is larger than 64 MB"):
        read_picture(path)


def test_what_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"none\.png cannot be read \(No such file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(PictureError, match="is not a file"):
        read_picture(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PictureError, match="is not a file"):
        read_picture(tmp_path / "pipe")
