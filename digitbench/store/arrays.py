"""The arrays of a run's trials, in files that only grow."""

import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import StoreError
from digitbench.store.layout import Block
from digitbench.types import NUM_CLASSES, Labels

DAMAGED_ARRAY = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, SyntaxError, tokenize.TokenError),
    *(ArithmeticError, MemoryError, RuntimeError, UserWarning),
    *(struct.error, zlib.error, zipfile.BadZipFile),
)
"""What NumPy may raise when it reads a file that is no array, or archive of arrays."""

_PROBABILITY = np.dtype("<f4")
_FASTEST = 1


def packed(probabilities: NDArray[np.float32]) -> bytes:
    """Compress probabilities without loss.

    Sorted by their place in the number, bytes that resemble each other (signs and exponents) lie
    side by side, which makes the result smaller and the compression faster.
    """
    plain = np.ascontiguousarray(probabilities, _PROBABILITY).view(np.uint8)
    return zlib.compress(plain.reshape(-1, _PROBABILITY.itemsize).T.tobytes(), _FASTEST)


def unpacked(data: bytes, count: int) -> NDArray[np.float32]:
    """Undo `packed`.

    Args:
        data: what it returned.
        count: number of images.

    Raises:
        ValueError: these are not the probabilities of so many images.
    """
    size = count * NUM_CLASSES * _PROBABILITY.itemsize
    decompressor = zlib.decompressobj()
    try:
        plain = decompressor.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError("not compressed probabilities") from error
    if len(plain) != size:
        raise ValueError(f"{len(plain)} bytes where {size} were due")
    places = np.frombuffer(plain, np.uint8).reshape(_PROBABILITY.itemsize, -1)
    values = np.ascontiguousarray(places.T).view(_PROBABILITY)
    return values.reshape(count, NUM_CLASSES).astype(np.float32, copy=False)


class ArrayFile:
    """A file of arrays, opened for reading; an absent one is empty."""

    def __init__(self, file: Path) -> None:
        """Map the file, so that nothing is read before it is looked at.

        Raises:
            StoreError: it cannot be read.
        """
        self._file = file
        try:
            size = file.stat().st_size if file.exists() else 0
            self._bytes: NDArray[np.uint8] = (
                np.asarray(np.memmap(file, np.uint8, "r")).view(np.ndarray)
                if size
                else np.zeros(0, np.uint8)
            )
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot read {file}: {error}") from error
        self._buffer = self._bytes.data

    def block(self, block: Block) -> Labels:
        """Return the bytes of a block, uint8 `(size,)`, read-only.

        Raises:
            StoreError: they are not all there, or not what was written.
        """
        place = slice(block.offset, block.offset + block.size)
        data = self._buffer[place]  # an array would keep what NumPy notes to hand out its bytes
        if len(data) != block.size or zlib.crc32(data) != block.crc32:
            raise StoreError(f"{self._file} is damaged at byte {block.offset}")
        return self._bytes[place]
