"""Reads a picture file within bounds: a grey picture comes of it, or an error of one line."""

import io
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from digitbench.errors import PictureError, one_line

MOST_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 64_000_000
"""A file with more of either is refused before its pixels are decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Formats that are read, by Pillow's names; none of them starts another program."""

_SCAN = b"\xff\xda"
_MOST_SCANS = 200  # a progressive JPEG has about ten; each of thousands would cost a whole pass
_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"hevc", b"msf1", b"avif")
_ORIENTATION_TAG = 0x0112  # of EXIF
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MANY_BITS = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in grey.

    Attributes:
        grey: uint8 `(height, width)`, 0 for black and 255 for white, upright.
        notes: what was decided in reading it, in words for people.
    """

    grey: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def read_picture(source: Path | bytes, name: str | None = None) -> Picture:
    """Read a picture: upright, transparency onto white, the first of several frames.

    Args:
        source: a file, or what one holds.
        name: how messages call it; by default its path.

    Raises:
        PictureError: there is no such file, it is no picture, damaged or too large.
    """
    data = source if isinstance(source, bytes) else _read_bytes(source)
    called = name or ("the picture" if isinstance(source, bytes) else str(source))
    if len(data) > MOST_BYTES:
        raise PictureError(f"{called} is larger than {MOST_BYTES >> 20} MB; use a smaller picture")
    try:
        return _decoded(data)
    except _TooLargeError as error:
        raise PictureError(
            f"{called} has more than {MOST_PIXELS // 1_000_000} million pixels, or takes too long "
            "to decode; use a smaller picture"
        ) from error
    except UnidentifiedImageError as error:
        kind = "a HEIC or AVIF picture" if data[8:12] in _HEIF_BRANDS else "no picture known here"
        raise PictureError(f"{called} is {kind}; save it as JPEG or PNG") from error
    except Exception as error:  # decoders raise anything over damaged data
        reason = one_line(error)
        raise PictureError(f"{called} is damaged ({reason}); save the picture again") from error


class _TooLargeError(Exception):
    """A picture that would take too much memory or time."""


def _read_bytes(path: Path) -> bytes:
    """Read a file, but no more than one byte too many, and no pipe or device."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PictureError(f"{path} is not a file; name a picture")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"{path} cannot be read ({reason}); name a picture") from error


def _decoded(data: bytes) -> Picture:
    image = _opened(data)
    if image.width * image.height > MOST_PIXELS:
        raise _TooLargeError
    is_jpeg = image.format in {"JPEG", "MPO"}  # a phone's JPEG may have small pictures behind it
    if is_jpeg and data.count(_SCAN) > _MOST_SCANS:
        raise _TooLargeError
    several = not is_jpeg and getattr(image, "is_animated", False)
    image.draft("L", image.size)  # a JPEG need not decode its colours
    image.load()
    grey = _upright(_grey(image), image)
    notes = ("it has several frames: the first is read",) if several else ()
    return Picture(np.asarray(grey, np.uint8), notes)


def _opened(data: bytes) -> ImageFile.ImageFile:
    """Read the header of a picture.

    `Image.open` would do, but warns of large pictures, which threads cannot silence each for
    itself; it is refused here anyway.

    Raises:
        UnidentifiedImageError: it is of no format that is read.
    """
    Image.init()
    for kind in FORMATS:
        factory, accepts = Image.OPEN[kind]
        if accepts is None or accepts(data[:16]) is True:
            with suppress(SyntaxError):  # so Pillow says that it is of another format
                return factory(io.BytesIO(data), "")
    raise UnidentifiedImageError


def _grey(image: Image.Image) -> Image.Image:
    """Return a picture of any mode in 8 bits of grey."""
    if image.mode in _MANY_BITS:
        return Image.fromarray(_eight_bits(np.asarray(image)))
    if not image.has_transparency_data:
        return image.convert("L")
    coloured = image.convert("RGBA")
    on_white = _laid_onto("white", coloured)
    lowest, highest = on_white.getextrema()
    # White strokes drawn on nothing: on white they cannot be seen.
    return on_white if lowest != highest else _laid_onto("black", coloured)


def _laid_onto(paper: str, coloured: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", coloured.size, paper)
    ground.alpha_composite(coloured)
    return ground.convert("L")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale grey of more than 8 bits: full white is what the bits that are used can say."""
    levels = np.nan_to_num(np.asarray(values, np.float32), posinf=0.0, neginf=0.0)
    highest = float(levels.max(initial=0.0))
    white = 1.0 if highest <= 1 else max(255.0, 2.0 ** np.ceil(np.log2(highest + 1)) - 1)
    return np.asarray(np.rint(np.clip(levels / white, 0, 1) * 255), np.uint8)


def _upright(grey: Image.Image, image: Image.Image) -> Image.Image:
    """Turn a picture as its camera was held; where that cannot be read, it stays as it is."""
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # metadata may be damaged in any way; the pixels are not
        turn = None
    return grey if turn is None else grey.transpose(turn)
