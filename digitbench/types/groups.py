"""Which images belong together, such as the digits that one person wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DatasetError

Chosen = slice | NDArray[np.intp] | NDArray[np.bool_]
"""Which images are chosen: their positions, a bool for each, or a slice."""

_NAME = re.compile(r"[^\W_][\w-]*")

GroupNumbers = NDArray[np.int32]
"""The number of each image's group, int32 `(n,)`, read-only."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups that images come in: images of one group are alike in more than their digit.

    Groups may lie in strata, which are fixed by design (such as the series of NIST's collection);
    the groups of each stratum are a sample of those there could be.

    Attributes:
        name: what one group is, in the singular, without spaces: `writer`.
        numbers: the group of each image, int32 `(n,)`, not negative, read-only.
        strata: the stratum of each image, int32 `(n,)`, a position in `stratum_names`, read-only;
            all 0 where there are no strata.
        stratum_names: what the strata are called; one name where there are none.

    Raises:
        DatasetError: the arrays have another dtype or shape, a group lies in two strata, or a name
            is missing, bad or used twice.
    """

    name: str
    numbers: GroupNumbers
    strata: GroupNumbers
    stratum_names: tuple[str, ...] = ("all",)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise DatasetError(
                f"bad name of groups {self.name!r}: say in the singular what a group is, such as "
                "'writer'; use letters, digits and dashes"
            )
        names = self.stratum_names
        if len(set(names)) < len(names) or not all(map(str.strip, names)):
            raise DatasetError(f"the names of strata must be given and differ, not {names}")
        for name in ("numbers", "strata"):
            array = getattr(self, name)
            found = np.asarray(array)
            if array is not found or found.dtype != np.int32 or found.ndim != 1:
                raise DatasetError(
                    f"{name} of groups must be an int32 array of shape (n,), "
                    f"not {type(array).__name__} of {found.dtype} {found.shape}"
                )
            if len(array) != len(self.numbers):
                raise DatasetError(
                    f"groups have {len(self.numbers)} numbers but {len(array)} strata"
                )
            if len(array) and int(array.min()) < 0:
                raise DatasetError(f"{name} of groups must not be negative")
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        if len(self.strata) and int(self.strata.max()) >= len(self.stratum_names):
            raise DatasetError(
                f"stratum {int(self.strata.max())} has no name: "
                f"{len(self.stratum_names)} names are given"
            )
        pairs = self.numbers.astype(np.int64) * len(self.stratum_names) + self.strata
        if _distinct(pairs) != self.count:
            raise DatasetError(f"a {self.name} lies in more than one stratum")

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return _distinct(self.numbers)

    @property
    def stratum_counts(self) -> NDArray[np.int64]:
        """How many groups each stratum has, int64 `(len(stratum_names),)`."""
        _, first = np.unique(self.numbers, return_index=True)
        counts = np.bincount(self.strata[first], minlength=len(self.stratum_names))
        return counts.astype(np.int64)

    @property
    def plural(self) -> str:
        """What the groups are called: `writers`."""
        return f"{self.name}s"

    def part(self, chosen: Chosen) -> Groups:
        """Return the groups of some of the images; an image may be chosen several times.

        Args:
            chosen: positions of images, bool for each image, or a slice.
        """
        return Groups(self.name, self.numbers[chosen], self.strata[chosen], self.stratum_names)


def _distinct(numbers: NDArray[np.integer[Any]]) -> int:
    """Return how many different numbers there are.

    `np.unique` would do, but imports the masked arrays, for which every command would wait.
    """
    return len(np.unique_counts(numbers).values)
