"""The arrays of a trained classifier as a file, in the format safetensors, which holds no code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import KeptModelError, one_line
from digitbench.types.plain import short

_MOST_HEADER_BYTES = 1_000_000
_LENGTH_BYTES = 8
_KINDS = "biufc"

Due = Mapping[str, tuple[str, tuple[int | None, ...]]]
"""Arrays by name: of each the dtype and the shape, None where any length will do."""


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


def load_arrays(file: Path, due: Due | None = None) -> dict[str, NDArray[Any]]:
    """Return the arrays that `save_arrays` wrote, by name; they may be written to.

    The file may come from anywhere: nothing of it is run, and no more memory is taken than a few
    times its size.

    Args:
        file: which.
        due: what it is to hold, no more and no less, such as
            `{"weights": ("float32", (784, 10)), "seen": ("uint8", (None,))}`; floats must be
            finite then. None for whatever it holds.

    Raises:
        KeptModelError: the file is not there, not whole, none of arrays, or does not hold what is
            due.
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
        arrays: dict[str, NDArray[Any]] = load(content)
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise KeptModelError(f"{file} is damaged, or holds no arrays: {one_line(error)}") from error
    if due is not None:
        _check(file, arrays, due)
    return arrays


def _check(file: Path, arrays: Mapping[str, NDArray[Any]], due: Due) -> None:
    """Refuse arrays other than those that are due.

    Raises:
        KeptModelError: one is missing, too many, of another dtype or shape, or not finite.
    """
    if arrays.keys() != due.keys():
        raise KeptModelError(
            f"{file} holds the arrays {short(sorted(arrays))} where {', '.join(due)} were due"
        )
    for name, (dtype, shape) in due.items():
        array = arrays[name]
        fits = array.ndim == len(shape) and all(
            length in {None, found} for length, found in zip(shape, array.shape, strict=True)
        )
        if array.dtype != dtype or not fits:
            lengths = ", ".join("n" if length is None else str(length) for length in shape)
            raise KeptModelError(
                f"{file}: '{name}' is {array.dtype} {array.shape} where {dtype} ({lengths}) was due"
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise KeptModelError(f"{file}: '{name}' holds NaN or infinity")


def _plain(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Return an array as safetensors writes it right: without gaps, its bytes in order."""
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"the array '{name}' holds {array.dtype}: give numbers or truth values")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _header_bytes(content: bytes) -> int:
    """Return how long the header of a file is, as its first bytes say."""
    return int.from_bytes(content[:_LENGTH_BYTES], "little")
