"""Bounded reading of IDX files, the format MNIST is published in.

An IDX file is a header of big-endian 32-bit integers (a magic number that names the element
type and the number of dimensions, then the dimensions) followed by the elements, as described at
http://yann.lecun.com/exdb/mnist/. The header is checked before anything is allocated, and no
more is read than it promises, so a damaged or hostile file costs an error and nothing else.
"""

from __future__ import annotations

import gzip
import io
import math
import stat
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DatasetError
from digitbench.types import IMAGE_SHAPE, NUM_CLASSES, Images, Labels

MAX_ITEMS = 1_000_000
"""The most images or labels a file may hold: 784 MB of pixels."""

ROW_COLUMNS = 8
"""Of a file of rows: QMNIST's labels with what is known of each image."""

_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
# Deflate packs at most 1032 bytes into one (zlib's manual) and, storing what it cannot pack,
# adds less than one byte in a hundred.
_MAX_PACKING = 1032
_MAX_PADDING = 1.01
_GET_AGAIN = "get a fresh copy of it"


@dataclass(frozen=True)
class _Kind:
    """What a file holds.

    Attributes:
        items: in words for people.
        shape: of an item.
        code: IDX's number for the elements' type.
        elements: the same in words.
        dtype: the same for numpy.
    """

    items: str
    shape: tuple[int, ...]
    code: int = 0x08
    elements: str = "unsigned bytes (0x08)"
    dtype: str = "u1"


_IMAGES = _Kind("images", IMAGE_SHAPE)
_SMALL_IMAGES = _Kind("images", (16, 16))
_LABELS = _Kind("labels", ())
_ROWS = _Kind("rows", (ROW_COLUMNS,), 0x0C, "32-bit integers (0x0c)", ">i4")


def read_images(path: Path) -> Images:
    """Read an IDX file of images, gzipped or not (its first bytes decide, not its name).

    Args:
        path: the file.

    Returns:
        uint8 `(n, 28, 28)`, n at most `MAX_ITEMS`.

    Raises:
        DatasetError: the file cannot be read, is damaged, or is no IDX file of 28x28 images.
    """
    return _read(path, _IMAGES)


def read_small_images(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of images as large as those of USPS, gzipped or not.

    Args:
        path: the file.

    Returns:
        uint8 `(n, 16, 16)`, n at most `MAX_ITEMS`.

    Raises:
        DatasetError: the file cannot be read, is damaged, or is no IDX file of 16x16 images.
    """
    return _read(path, _SMALL_IMAGES)


def read_labels(path: Path) -> Labels:
    """Read an IDX file of labels, gzipped or not (its first bytes decide, not its name).

    Args:
        path: the file.

    Returns:
        uint8 `(n,)` with values 0 to 9, n at most `MAX_ITEMS`.

    Raises:
        DatasetError: the file cannot be read, is damaged, or is no IDX file of digit labels.
    """
    labels = _read(path, _LABELS)
    if len(labels) and int(labels.max()) >= NUM_CLASSES:
        raise _refusal(path, f"has the label {int(labels.max())}; labels must be 0 to 9")
    return labels


def read_rows(path: Path) -> NDArray[np.int32]:
    """Read an IDX file of rows of 32-bit integers, gzipped or not.

    Args:
        path: the file.

    Returns:
        int32 `(n, 8)`, n at most `MAX_ITEMS`.

    Raises:
        DatasetError: the file cannot be read, is damaged, or is no IDX file of such rows.
    """
    return _read(path, _ROWS).astype(np.int32)


def _refusal(path: Path, flaw: str) -> DatasetError:
    return DatasetError(f"{path} {flaw}")


def _read(path: Path, kind: _Kind) -> NDArray[Any]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _refusal(path, "is not a regular file; name an IDX file")
        with path.open("rb") as file:
            return _read_open_file(file, path, status.st_size, kind)
    except EOFError:
        raise _refusal(path, f"is cut short: its gzip stream breaks off; {_GET_AGAIN}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _refusal(path, f"is a damaged gzip file ({error}); {_GET_AGAIN}") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refusal(path, f"cannot be read ({reason}); check the file") from error
    except ValueError as error:  # a path that no file can have
        raise _refusal(path, f"cannot be read ({error}); check its name") from error
    except MemoryError as error:
        raise _refusal(path, "does not fit into memory; use a smaller file") from error


def _read_open_file(file: BinaryIO, path: Path, file_bytes: int, kind: _Kind) -> NDArray[Any]:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    gzipped = head.startswith(_GZIP_MAGIC)
    header_bytes = 8 + 4 * len(kind.shape)
    if gzipped:
        header = _unzipped_header(head, path, file_bytes, header_bytes)
    else:
        header = head[:header_bytes]
    shape = _parse_header(header, path, kind)
    data_bytes = math.prod(shape) * np.dtype(kind.dtype).itemsize
    _check_size(path, file_bytes, header_bytes + data_bytes, gzipped=gzipped)
    stream = gzip.GzipFile(fileobj=file) if gzipped else file
    stream.read(header_bytes)
    return _read_bytes(stream, path, data_bytes).view(kind.dtype).reshape(shape)


def _unzipped_header(head: bytes, path: Path, file_bytes: int, header_bytes: int) -> bytes:
    """Unpack the header from the first bytes of the file alone: the rest is not trusted yet."""
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(head)).read(header_bytes)
    except EOFError:
        if file_bytes <= len(head):
            raise
        raise _refusal(path, f"has no IDX header at its start; {_GET_AGAIN}") from None


def _parse_header(header: bytes, path: Path, kind: _Kind) -> tuple[int, ...]:
    """Return the shape of the array that a header promises."""
    magic, right_magic = header[:4], bytes((0, 0, kind.code, 1 + len(kind.shape)))
    if magic[:2] != bytes(len(magic[:2])):
        raise _refusal(path, f"is not an IDX file; name an IDX file of {kind.items}")
    # A file of a few labels is shorter than a header of images, so a wrong magic is told first.
    if len(header) < 8 + 4 * len(kind.shape) and right_magic.startswith(magic):
        raise _refusal(path, f"is cut short: it ends within its header; {_GET_AGAIN}")
    _, _, element_type, dimensions = magic.ljust(4, b"\0")
    if element_type != kind.code:
        raise _refusal(
            path, f"has elements of IDX type 0x{element_type:02x}; only {kind.elements} are read"
        )
    if dimensions != 1 + len(kind.shape):
        raise _refusal(
            path,
            f"holds an array of {dimensions} dimensions, so it is not a file of {kind.items}; "
            "check that images and labels are not exchanged",
        )
    count, *found_shape = struct.unpack(f">{dimensions}I", header[4:])
    if tuple(found_shape) != kind.shape:
        found, needed = ("x".join(map(str, shape)) for shape in (found_shape, kind.shape))
        unit = "pixels" if kind.items == _IMAGES.items else "numbers"
        raise _refusal(path, f"holds {kind.items} of {found} {unit}; they must be {needed}")
    if count > MAX_ITEMS:
        raise _refusal(
            path,
            f"promises {count:,} {kind.items}; at most {MAX_ITEMS:,} are read, so split the file",
        )
    return (count, *kind.shape)


def _check_size(path: Path, file_bytes: int, promised_bytes: int, *, gzipped: bool) -> None:
    """Refuse a file whose size on disk cannot be right for the bytes its header promises."""
    least = promised_bytes / _MAX_PACKING if gzipped else promised_bytes
    most = promised_bytes * _MAX_PADDING + _HEAD_BYTES if gzipped else promised_bytes
    if file_bytes < least:
        raise _refusal(
            path,
            f"is cut short: {file_bytes:,} bytes where its header promises {promised_bytes:,}; "
            f"{_GET_AGAIN}",
        )
    if file_bytes > most:
        raise _refusal(
            path,
            f"is too long: {file_bytes:,} bytes where its header promises {promised_bytes:,}; "
            f"{_GET_AGAIN}",
        )


def _read_bytes(stream: BinaryIO | gzip.GzipFile, path: Path, data_bytes: int) -> NDArray[np.uint8]:
    elements = np.empty(data_bytes, np.uint8)
    buffer = elements.data
    filled = 0
    while filled < len(buffer):
        received = stream.readinto(buffer[filled : filled + _CHUNK_BYTES])  # type: ignore[union-attr]
        if not received:
            raise _refusal(
                path,
                f"is cut short: {filled:,} bytes of data where its header promises "
                f"{len(buffer):,}; {_GET_AGAIN}",
            )
        filled += received
    # Asking for one byte more finds what does not belong there, and has gzip check its CRC.
    if stream.read(1):
        raise _refusal(
            path, f"has more data than the {len(buffer):,} bytes its header promises; {_GET_AGAIN}"
        )
    return elements
