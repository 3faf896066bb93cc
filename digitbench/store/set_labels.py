"""Labels, groups and positions of a run's further test sets, each distinct array once in one file.

`test_sets.npz` holds the arrays under the numbers 0, 1, ... and, as `index`, the UTF-8 of a JSON
text that says which of them belong to each condition of each set.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.errors import DatasetError, StoreError
from digitbench.store.arrays import DAMAGED_ARRAY
from digitbench.store.layout import MANIFEST, SET_LABELS, first_fault, replace_file
from digitbench.types import (
    NUM_CLASSES,
    Groups,
    PlannedCondition,
    PlannedTestSet,
    RunPlan,
    SetLabels,
    TestSet,
)
from digitbench.types.plain import short

_INDEX = "index"
_MOST_INDEX_BYTES = 64_000_000
_MOST_HEADER_BYTES = 4_096


class _Groups(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str
    stratum_names: tuple[str, ...]
    numbers: int
    strata: int


class _Condition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    labels: int
    positions: int | None
    groups: _Groups | None


class _Set(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    fingerprint: str
    conditions: tuple[_Condition, ...]


class _Index(RootModel[dict[str, _Set]]):
    """The sets by label."""

    model_config = ConfigDict(defer_build=True)


def write_set_labels(
    path: Path,
    plan: RunPlan,
    loaded: Mapping[str, TestSet],
    stored: Mapping[str, tuple[SetLabels, ...]],
) -> None:
    """Write what a run knows of its further test sets; nothing if it has none.

    Args:
        path: the run's directory.
        plan: the run's; sets that could not be loaded are left out.
        loaded: sets, by label.
        stored: what the run had stored of the others, by label.

    Raises:
        OSError: the directory cannot be written.
    """
    arrays = _Arrays()
    sets = {}
    for planned in plan.test_sets:
        if planned.error is None:
            test_set = loaded.get(planned.label)
            conditions = stored[planned.label] if test_set is None else test_set.conditions
            sets[planned.label] = _Set(
                fingerprint=planned.fingerprint,
                conditions=tuple(
                    _Condition(
                        labels=arrays.number(one.labels),
                        positions=arrays.number(one.positions),
                        groups=arrays.groups(one.groups),
                    )
                    for one in conditions
                ),
            )
    if sets:
        index = np.frombuffer(_Index(sets).model_dump_json().encode(), np.uint8)
        named = {str(number): array for number, array in enumerate(arrays.distinct)}
        content = io.BytesIO()  # NumPy goes back and forth in an archive
        np.savez_compressed(content, **{_INDEX: index, **named})  # type: ignore[arg-type]
        replace_file(path / SET_LABELS, lambda file: file.write(content.getbuffer()))


def read_set_labels(path: Path, plan: RunPlan) -> dict[str, tuple[SetLabels, ...]]:
    """Read what a run knows of its further test sets, by label.

    Args:
        path: the run's directory.
        plan: the run's. Sets of the file that it does not have are what a crash left.

    Raises:
        StoreError: the file is missing, damaged or not of this run.
    """
    wanted = [planned for planned in plan.test_sets if planned.error is None]
    if not wanted:
        return {}
    file = path / SET_LABELS
    try:
        with (
            ONE_AT_A_TIME,
            file.open("rb") as stream,
            np.load(stream, allow_pickle=False) as archive,
        ):
            found = _Archive(archive, plan.dataset.test_size)
            sets = _Index.model_validate_json(found.index()).root
            return {planned.label: found.labels(planned, sets) for planned in wanted}
    except ValidationError as error:
        raise StoreError(f"{file} is damaged: {first_fault(error)}") from error
    except _OtherRunError as error:
        raise StoreError(f"{file} does not hold {error}, as {MANIFEST} says") from error
    except (*DAMAGED_ARRAY, DatasetError) as error:
        raise StoreError(f"{file} is missing or damaged") from error


class _OtherRunError(Exception):
    """The file is sound, but not that of the manifest; the message says what it lacks."""


class _Shape(NamedTuple):
    """What an array must be.

    Attributes:
        dtype: its type.
        size: how many items it has, in one dimension.
    """

    dtype: type[np.generic]
    size: int


@dataclass
class _Arrays:
    """Numbers arrays, equal ones alike.

    Attributes:
        distinct: the arrays by number.
    """

    distinct: list[NDArray[Any]] = field(default_factory=list)
    _numbers: dict[tuple[str, bytes], int] = field(default_factory=dict)

    def number(self, array: NDArray[Any] | None) -> int | None:
        """Return an array's number; None if there is no array."""
        if array is None:
            return None
        plain = np.ascontiguousarray(array)
        key = plain.dtype.str, hashlib.sha256(plain.data).digest()
        if key not in self._numbers:
            self._numbers[key] = len(self.distinct)
            self.distinct.append(plain)
        return self._numbers[key]

    def groups(self, groups: Groups | None) -> _Groups | None:
        """Return groups with the numbers of their arrays; None if there are none."""
        if groups is None:
            return None
        return _Groups(
            name=groups.name,
            stratum_names=groups.stratum_names,
            numbers=self.number(groups.numbers),
            strata=self.number(groups.strata),
        )


class _Archive:
    """An archive opened for reading; nothing is unpacked before its size is known to be right."""

    def __init__(self, archive: Any, test_size: int) -> None:
        self._archive = archive
        self._test_size = test_size
        self._arrays: dict[tuple[int, _Shape], NDArray[Any]] = {}
        self._groups: dict[tuple[_Groups, int], Groups] = {}

    def index(self) -> bytes:
        """Return the JSON text of the index."""
        size = self._member_size(_INDEX)
        if size > _MOST_INDEX_BYTES:
            raise ValueError(f"an index of {size} bytes")
        return np.asarray(self._archive[_INDEX]).tobytes()

    def labels(self, planned: PlannedTestSet, sets: dict[str, _Set]) -> tuple[SetLabels, ...]:
        """Return what there is of a set, by condition."""
        found = sets.get(planned.label)
        if found is None or found.fingerprint != planned.fingerprint:
            raise _OtherRunError(f"the labels of the test set {short(planned.label)}")
        if len(found.conditions) != len(planned.conditions):
            raise _OtherRunError(f"every condition of the test set {short(planned.label)}")
        pairs = zip(planned.conditions, found.conditions, strict=True)
        return tuple(self._condition(one, there) for one, there in pairs)

    def _condition(self, planned: PlannedCondition, there: _Condition) -> SetLabels:
        if (there.positions is not None) != (planned.of_test or planned.paired):
            raise _OtherRunError(f"the positions of the condition {short(planned.key)}")
        labels = self._array(there.labels, _Shape(np.uint8, planned.size))
        if int(labels.max()) >= NUM_CLASSES:
            raise ValueError(f"a label is {labels.max()}")
        positions = None
        if there.positions is not None:
            positions = self._array(there.positions, _Shape(np.uint32, planned.size))
            if int(positions.max()) >= self._test_size:
                raise ValueError(f"position {positions.max()} of {self._test_size} images")
        groups = None if there.groups is None else self._of_groups(there.groups, planned.size)
        return SetLabels(labels, groups, positions)

    def _of_groups(self, there: _Groups, size: int) -> Groups:
        if (there, size) not in self._groups:
            shape = _Shape(np.int32, size)
            numbers, strata = (self._array(n, shape) for n in (there.numbers, there.strata))
            self._groups[there, size] = Groups(there.name, numbers, strata, there.stratum_names)
        return self._groups[there, size]

    def _array(self, number: int, shape: _Shape) -> NDArray[Any]:
        key = number, shape
        if key not in self._arrays:
            due = shape.size * np.dtype(shape.dtype).itemsize
            if not due <= self._member_size(str(number)) <= due + _MOST_HEADER_BYTES:
                raise ValueError(f"array {number} is not of {shape.size} items")
            array = self._archive[str(number)]
            if array.dtype != shape.dtype or array.shape != (shape.size,):
                raise ValueError(f"array {number} is {array.dtype} {array.shape}")
            array.flags.writeable = False
            self._arrays[key] = array
        return self._arrays[key]

    def _member_size(self, name: str) -> int:
        size: int = self._archive.zip.getinfo(f"{name}.npy").file_size
        return size
