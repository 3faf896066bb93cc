"""Bounded reading of the USPS test digits, 16x16 pixels, in each format that is published.

- LIBSVM's `usps.t.bz2`, or `usps.t` unpacked: labels 1 to 10, values -1 to 1.
- `usps.h5`: `test/data`, floats from 0 to 1, and `test/target`.
- A pair of IDX files.

The first two have the same 2,007 digits in the same order, but LIBSVM's images are smoother.
"""

from __future__ import annotations

import bz2
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitbench.datasets.idx import read_labels, read_small_images
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.types import NUM_CLASSES, Labels

if TYPE_CHECKING:
    import h5py

SMALL_SHAPE = (16, 16)
MOST_DIGITS = 10_000
"""USPS has 9,298 in all."""

_PIXELS = SMALL_SHAPE[0] * SMALL_SHAPE[1]
_MOST_TEXT_BYTES = 4_000 * MOST_DIGITS
_MOST_FILE_BYTES = 64 * 1024 * 1024
_MOST_CHUNK_BYTES = 16 * 1024 * 1024
_DEFLATE, _SHUFFLE = 1, 2
_ROUNDING = 1e-3
_BZIP2_MAGIC = b"BZh"

SmallDigits = tuple[NDArray[np.float32], Labels]
"""Ink from 0 to 1, float32 `(n, 16, 16)`, and labels, uint8 `(n,)`."""


def read_libsvm(file: Path) -> SmallDigits:
    """Read digits in LIBSVM's format, packed by bzip2 or not.

    Raises:
        DatasetError: the file cannot be read, is damaged or too large, or holds something else.
    """
    from sklearn.datasets import load_svmlight_file

    try:
        text = _text(file)
        values, numbers = load_svmlight_file(io.BytesIO(text), n_features=_PIXELS, zero_based=False)
    except OSError as error:
        raise DatasetError(
            f"{file} cannot be read ({error.strerror or error}); check it"
        ) from error
    except (ValueError, EOFError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"{file} is not USPS in LIBSVM's format ({reason})") from error
    if values.shape[0] > MOST_DIGITS:
        raise DatasetError(f"{file} has more than {MOST_DIGITS:,} digits")
    return _digits(file, (values.toarray() + 1) / 2, numbers - 1)


def read_hdf5(file: Path) -> SmallDigits:
    """Read the test digits of `usps.h5`; no more is read than its header allows.

    Raises:
        DatasetUnavailableError: h5py is not installed.
        DatasetError: the file cannot be read, is damaged or too large, or holds something else.
    """
    try:
        import h5py
    except ImportError as error:
        raise DatasetUnavailableError(
            f"{file} cannot be read without h5py: install it, or get usps.t.bz2 instead"
        ) from error
    try:
        if file.stat().st_size > _MOST_FILE_BYTES:
            raise DatasetError(f"it is larger than {_MOST_FILE_BYTES:,} bytes")
        with h5py.File(file, "r") as opened:
            data = _member(opened, "data", "f", 2)
            target = _member(opened, "target", "iu", 1)
            if data.shape[1:] != (_PIXELS,) or data.shape[:1] != target.shape:
                raise DatasetError(f"its shapes are {data.shape} and {target.shape}")
            values, numbers = data[:], target[:]
    # A hostile file can fail in HDF5 in too many ways to name; all mean that it is damaged.
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetError(f"{file} is not a good copy of USPS ({reason})") from error
    return _digits(file, values, numbers)


def read_idx(images_file: Path, labels_file: Path) -> SmallDigits:
    """Read digits of 16x16 pixels from a pair of IDX files.

    Raises:
        DatasetError: a file is damaged, or they do not go together.
    """
    images, labels = read_small_images(images_file), read_labels(labels_file)
    if len(images) != len(labels):
        raise DatasetError(f"{images_file} has {len(images)} images but {len(labels)} labels")
    return (images / np.float32(255)).astype(np.float32), labels


def _text(file: Path) -> bytes:
    """Return the text of a file, packed or not.

    Raises:
        DatasetError: it is too long.
    """
    with file.open("rb") as opened:
        packed = opened.read(len(_BZIP2_MAGIC)) == _BZIP2_MAGIC
    with bz2.open(file) if packed else file.open("rb") as opened:
        text = opened.read(_MOST_TEXT_BYTES + 1)
    if len(text) > _MOST_TEXT_BYTES:
        raise DatasetError(f"{file} is larger than {MOST_DIGITS:,} digits are")
    return text


def _member(opened: h5py.File, name: str, kinds: str, dimensions: int) -> h5py.Dataset:
    """Return an array of the file whose content can be read in bounded memory."""
    import h5py

    for path in ("test", f"test/{name}"):
        if not isinstance(opened.get(path, getlink=True), h5py.HardLink):
            raise DatasetError(f"it has no {path}")
    found = opened[f"test/{name}"]
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in kinds:
        raise DatasetError(f"test/{name} is no array of numbers")
    if (
        found.ndim != dimensions
        or not 0 < found.shape[0] <= MOST_DIGITS
        or found.size > (MOST_DIGITS * _PIXELS)
    ):
        raise DatasetError(f"test/{name} has the shape {found.shape}")
    if found.is_virtual or found.external:
        raise DatasetError(f"test/{name} lies in other files")
    _check_chunks(found, name)
    return found


def _check_chunks(found: h5py.Dataset, name: str) -> None:
    """Refuse what would take more memory to unpack than its chunks should."""
    if found.chunks is None:
        return
    settings = found.id.get_create_plist()
    filters = {settings.get_filter(place)[0] for place in range(settings.get_nfilters())}
    chunk_bytes = int(np.prod(found.chunks)) * found.dtype.itemsize
    if filters - {_DEFLATE, _SHUFFLE} or chunk_bytes > _MOST_CHUNK_BYTES:
        raise DatasetError(f"test/{name} is packed in an unusual way")
    if _DEFLATE not in filters:
        return
    for place in range(found.id.get_num_chunks()):
        skipped, packed = found.id.read_direct_chunk(found.id.get_chunk_info(place).chunk_offset)
        unpacked = zlib.decompressobj().decompress(packed, chunk_bytes + 1) if not skipped else b""
        if len(unpacked) > chunk_bytes:
            raise DatasetError(f"a chunk of test/{name} is larger than it should be")


def _digits(file: Path, values: NDArray[Any], numbers: NDArray[Any]) -> SmallDigits:
    """Check ink and labels, and return them as they should be."""
    if not len(numbers):
        raise DatasetError(f"{file} has no digits; get a fresh copy")
    if not ((values >= -_ROUNDING) & (values <= 1 + _ROUNDING)).all():
        raise DatasetError(f"{file} has values beyond those of USPS; get a fresh copy")
    if not np.isin(numbers, np.arange(NUM_CLASSES)).all():
        raise DatasetError(f"{file} has labels that are not those of ten digits; get a fresh copy")
    ink = np.clip(values, 0, 1).astype(np.float32).reshape(-1, *SMALL_SHAPE)
    return ink, numbers.astype(np.uint8)
