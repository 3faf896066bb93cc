"""A run's images as files, so that any number of processes on a machine share one copy."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Groups, Split, TrialData


@dataclass(frozen=True)
class _SharedArray:
    """Where the bytes of a uint8 array lie in a file."""

    file: Path
    offset: int
    shape: tuple[int, ...]

    def open(self) -> NDArray[np.uint8]:
        if 0 in self.shape:  # nothing to map
            return np.zeros(self.shape, np.uint8)
        mapped = np.memmap(self.file, np.uint8, "r", self.offset, self.shape)
        # A plain array over the mapping, because every slice of a np.memmap is slow to make.
        return np.asarray(mapped).view(np.ndarray)


@dataclass(frozen=True)
class _SharedGroups:
    """Groups, whose numbers are shared as the bytes they are made of."""

    name: str
    numbers: _SharedArray
    strata: _SharedArray
    stratum_names: tuple[str, ...]

    def open(self) -> Groups:
        numbers, strata = (part.open().view(np.int32) for part in (self.numbers, self.strata))
        return Groups(self.name, numbers, strata, self.stratum_names)


@dataclass(frozen=True)
class _SharedSplit:
    images: _SharedArray
    labels: _SharedArray
    groups: _SharedGroups | None

    def open(self) -> Split:
        groups = self.groups.open() if self.groups else None
        return Split(self.images.open(), self.labels.open(), groups)


@dataclass(frozen=True)
class SharedData:
    """The images of a run as another process on this machine can open them."""

    train: _SharedSplit
    validation: _SharedSplit | None
    test: _SharedSplit

    def open(self) -> TrialData:
        """Map the images into memory."""
        validation = self.validation.open() if self.validation else None
        return TrialData(self.train.open(), validation, self.test.open())


def share(data: TrialData, scratch: Path) -> SharedData:
    """Make images available to other processes.

    Arrays that are mapped from a file, as those from the cache are, are shared where they lie;
    others are written to files first.

    Args:
        data: the images.
        scratch: a directory for those files, which must be there as long as they are used.
    """
    names = count()

    def place(array: NDArray[np.uint8]) -> _SharedArray:
        found = _place_in_file(array)
        if found is not None:
            return found
        file = scratch / f"array-{next(names)}"
        file.write_bytes(np.ascontiguousarray(array).data)
        return _SharedArray(file, 0, array.shape)

    def groups(part: Groups) -> _SharedGroups:
        numbers, strata = (
            place(np.ascontiguousarray(array).view(np.uint8))
            for array in (part.numbers, part.strata)
        )
        return _SharedGroups(part.name, numbers, strata, part.stratum_names)

    def split(part: Split) -> _SharedSplit:
        found = None if part.groups is None else groups(part.groups)
        return _SharedSplit(place(part.images), place(part.labels), found)

    validation = split(data.validation) if data.validation else None
    return SharedData(split(data.train), validation, split(data.test))


def _place_in_file(array: NDArray[np.uint8]) -> _SharedArray | None:
    """Return where an array lies in the file it is mapped from; None if it is not mapped."""
    owner: Any = array
    while owner is not None and not isinstance(owner, np.memmap):
        owner = getattr(owner, "base", None)
    if owner is None or owner.mode != "r" or not owner.filename or not array.flags.c_contiguous:
        return None
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return _SharedArray(Path(owner.filename), int(owner.offset + start), array.shape)
