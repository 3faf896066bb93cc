"""Arrays of a fitted model in a file: safetensors, which holds numbers and nothing that runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import KeptModelError

Due = Mapping[str, tuple[str, tuple[int | None, ...]]]
"""What a file is to hold: for each array its dtype and shape, None for any length."""


def save_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file as safetensors."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)


def load_arrays(file: Path, due: Due | None = None) -> dict[str, NDArray[Any]]:
    """Read arrays that `save_arrays` wrote.

    Args:
        file: the file.
        due: the arrays there must be, no more and no fewer; floats must be finite.

    Raises:
        KeptModelError: the file is damaged, or holds something else.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(file)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise KeptModelError(f"{file.name} cannot be read: {error}") from error
    if due is not None:
        _check(file.name, arrays, due)
    return arrays


def _check(file: str, arrays: Mapping[str, NDArray[Any]], due: Due) -> None:
    if arrays.keys() != due.keys():
        raise KeptModelError(f"{file} holds other arrays than {', '.join(due)}")
    for name, (dtype, shape) in due.items():
        array = arrays[name]
        fits = array.ndim == len(shape) and all(
            length in (None, found) for length, found in zip(shape, array.shape, strict=True)
        )
        if array.dtype != dtype or not fits:
            raise KeptModelError(
                f"{file}: '{name}' is {array.dtype} {array.shape} where {dtype} {shape} was due"
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise KeptModelError(f"{file}: '{name}' holds NaN or infinity")
