"""A run's images as files, so that any number of processes on a machine share one copy."""

import io
import pickle
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import EngineError
from digitbench.types import TrialData

_Array = NDArray[Any]


@dataclass(frozen=True)
class SharedData:
    """The images of a run as another process on this machine can open them.

    Attributes:
        pickled: the record, in which every array is the place in a file where its bytes lie.
    """

    pickled: bytes

    def open(self) -> TrialData:
        """Map the images into memory."""
        data: TrialData = pickle.loads(self.pickled)  # noqa: S301 - from a process of ours
        return data


def share(data: TrialData, scratch: Path) -> SharedData:
    """Make images available to other processes.

    Arrays that are mapped from a file, as those from the cache are, are shared where they lie;
    others are written to files first.

    Args:
        data: the images.
        scratch: a directory for those files, which must be there as long as they are used.

    Raises:
        EngineError: these files cannot be written, as where there is no room for them.
    """
    stream = io.BytesIO()
    try:
        _Pickler(stream, scratch).dump(data)
    except OSError as error:
        raise EngineError(
            f"the images cannot be written to temporary files ({error.strerror}): name a place "
            "with room in TMPDIR, or leave out test sets"
        ) from error
    return SharedData(stream.getvalue())


class _Pickler(pickle.Pickler):
    """Writes a file name for each array that is not empty."""

    def __init__(self, stream: io.BytesIO, scratch: Path) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self._files = (scratch / f"array-{number}" for number in count())

    def reducer_override(self, value: object) -> Any:
        if not isinstance(value, np.ndarray) or not value.size:
            return NotImplemented
        place = _place_in_file(value)
        if place is None:
            place = next(self._files), 0
            place[0].write_bytes(np.ascontiguousarray(value).data)
        return _map, (*place, value.dtype.str, value.shape)


def _map(file: Path, offset: int, dtype: str, shape: tuple[int, ...]) -> _Array:
    mapped = np.memmap(file, dtype, "r", offset, shape)
    # A plain array over the mapping, because every slice of a np.memmap is slow to make.
    return np.asarray(mapped).view(np.ndarray)


def _place_in_file(array: _Array) -> tuple[Path, int] | None:
    """Return where an array lies in the file it is mapped from; None if it is in none, or gone."""
    owner: Any = array
    while owner is not None and not isinstance(owner, np.memmap):
        owner = getattr(owner, "base", None)
    if owner is None or owner.mode != "r" or not owner.filename or not array.flags.c_contiguous:
        return None
    if not Path(owner.filename).is_file():
        return None
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return Path(owner.filename), int(owner.offset + start)
