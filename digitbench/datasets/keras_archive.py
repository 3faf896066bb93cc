"""Bounded reading of `mnist.npz`, the copy of MNIST that Keras leaves."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from digitbench.datasets.idx import MAX_ITEMS
from digitbench.errors import DatasetError
from digitbench.types import IMAGE_SHAPE, Split

_MAX_FILE_BYTES = 64 * 1024 * 1024
"""MNIST takes 11 MB compressed and 55 MB stored."""


def read_keras_archive(path: Path) -> tuple[Split, Split]:
    """Read the arrays `x_train`, `y_train`, `x_test` and `y_test` of an npz archive.

    No pickle is ever loaded, and no more is read than the arrays' headers allow.

    Args:
        path: the archive.

    Returns:
        The training and the test split.

    Raises:
        DatasetError: the archive cannot be read, is damaged, or holds other arrays.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise DatasetError(f"it is larger than {_MAX_FILE_BYTES:,} bytes")
        with zipfile.ZipFile(path) as archive:
            train, test = (
                Split(
                    _read_member(archive, f"x_{part}.npy", IMAGE_SHAPE),
                    _read_member(archive, f"y_{part}.npy", ()),
                )
                for part in ("train", "test")
            )
    # A hostile archive can fail in zipfile, zlib and numpy's header parser in too many ways to
    # name; all of them mean that the file is no good.
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetError(f"{path} is not a good copy of MNIST ({reason}); delete it") from error
    return train, test


def _read_member(
    archive: zipfile.ZipFile, name: str, item_shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    member = archive.getinfo(name)
    # Python can bound what these two unpack at a time, and np.savez writes no others.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DatasetError(f"{name} is packed by an unusual method")
    with archive.open(member) as stream:
        if npy.read_magic(stream) != (1, 0):
            raise DatasetError(f"{name} is of an unusual version")
        shape, fortran_order, dtype = npy.read_array_header_1_0(stream)
        if dtype != np.uint8 or fortran_order or shape[1:] != item_shape or len(shape) < 1:
            raise DatasetError(f"{name} is {dtype} {shape}")
        if shape[0] > MAX_ITEMS:
            raise DatasetError(f"{name} has {shape[0]:,} items")
        promised_bytes = math.prod(shape)
        elements = stream.read(promised_bytes)
        if len(elements) != promised_bytes or stream.read(1):
            raise DatasetError(f"{name} is longer or shorter than its header promises")
    return np.frombuffer(elements, np.uint8).reshape(shape)
