"""The arrays of a trained classifier as a file, in the format safetensors, which holds no code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import KeptModelError, one_line

_MOST_HEADER_BYTES = 1_000_000
_LENGTH_BYTES = 8
_KINDS = "biufc"


def save_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file, from which `load_arrays` gives them back bit for bit.

    Args:
        file: where; a file that is there is replaced.
        arrays: by name: integers, floats of at most 64 bits or truth values, of any shape.

    Raises:
        ValueError: an array is of another kind, such as objects or text, or there are too many.
        OSError: the file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save

    plain = {name: _plain(array, name) for name, array in arrays.items()}
    try:
        content = save(plain)
    except (SafetensorError, TypeError, KeyError) as error:
        raise ValueError(f"the arrays cannot be saved: {one_line(error)}") from error
    if _header_bytes(content) > _MOST_HEADER_BYTES:
        raise ValueError("the arrays cannot be saved: they are too many, or have too long names")
    file.write_bytes(content)


def load_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays that `save_arrays` wrote, by name; they may be written to.

    The file may come from anywhere: nothing of it is run, and no more memory is taken than a few
    times its size.

    Raises:
        KeptModelError: the file is not there, not whole, or none of arrays.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = file.read_bytes()
    except OSError as error:
        raise KeptModelError(f"cannot read {file}: {error.strerror}") from error
    if _header_bytes(content) > _MOST_HEADER_BYTES:
        raise KeptModelError(f"{file} is damaged, or holds no arrays")
    try:
        return load(content)
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise KeptModelError(f"{file} is damaged, or holds no arrays: {one_line(error)}") from error


def _plain(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Return an array as safetensors writes it right: without gaps, its bytes in order."""
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"the array '{name}' holds {array.dtype}: give numbers or truth values")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _header_bytes(content: bytes) -> int:
    """Return how long the header of a file is, as its first bytes say."""
    return int.from_bytes(content[:_LENGTH_BYTES], "little")
