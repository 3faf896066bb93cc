"""Images and labels in IDX format."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Labels, Split

_TYPES = {"uint8": 0x08, "int32": 0x0C}


def idx_bytes(array: NDArray[np.uint8] | NDArray[np.int32]) -> bytes:
    """Give an array the IDX format."""
    head = struct.pack(f">HBB{array.ndim}I", 0, _TYPES[array.dtype.name], array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_pair(split: Split, images: Path, labels: Path) -> None:
    """Write images and labels; gzipped if their names end so."""
    for path, array in ((images, split.images), (labels, split.labels)):
        body = idx_bytes(array)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(body, mtime=0) if path.suffix == ".gz" else body)


def label_rows(
    labels: Labels, series: NDArray[np.int32], writers: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return rows as QMNIST's labels have them, int32 `(n, 8)`."""
    rows = np.zeros((len(labels), 8), np.int32)
    rows[:, 0], rows[:, 1], rows[:, 2] = labels, series, writers
    return rows
