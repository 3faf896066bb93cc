"""Small copies of USPS in each format that is published."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

INK = np.random.default_rng(6).random((12, 16, 16), dtype=np.float32)
LABELS = (np.arange(12) % 10).astype(np.uint8)


def libsvm_text() -> bytes:
    """Return the digits as LIBSVM writes them: labels 1 to 10, values -1 to 1."""
    lines = []
    for ink, label in zip(INK.reshape(len(INK), -1), LABELS, strict=True):
        values = " ".join(f"{place}:{2 * value - 1:.6f}" for place, value in enumerate(ink, 1))
        lines.append(f"{label + 1} {values}\n")
    return "".join(lines).encode()


def write_hdf5(path: Path, **given: Any) -> None:
    """Write the digits as `usps.h5` has them.

    Args:
        path: the file.
        given: `data` and `target` in place of the right ones, None for none; how they are packed.
    """
    arrays = {
        "data": given.pop("data", INK.reshape(len(INK), -1)),
        "target": given.pop("target", LABELS.astype(np.int32)),
    }
    with h5py.File(path, "w") as opened:
        group = opened.create_group("test")
        for name, array in arrays.items():
            if array is not None:
                group.create_dataset(name, data=array, **given)
