"""Which images belong together, such as the digits that one person wrote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DatasetError

GroupNumbers = NDArray[np.int32]
"""The number of each image's group, int32 `(n,)`, read-only."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups that images come in: images of one group are alike in more than their digit.

    Groups may lie in strata, which are fixed by design (such as the series of NIST's collection);
    the groups of each stratum are a sample of those there could be.

    Attributes:
        name: what one group is, in the singular: `writer`.
        numbers: the group of each image, int32 `(n,)`, not negative, read-only.
        strata: the stratum of each image, int32 `(n,)`, a position in `stratum_names`, read-only;
            all 0 where there are no strata.
        stratum_names: what the strata are called; one name where there are none.

    Raises:
        DatasetError: the arrays have another dtype or shape, or a group lies in two strata.
    """

    name: str
    numbers: GroupNumbers
    strata: GroupNumbers
    stratum_names: tuple[str, ...] = ("all",)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DatasetError("groups need a name that says what a group is, such as 'writer'")
        for name in ("numbers", "strata"):
            array = getattr(self, name)
            if array.dtype != np.int32 or array.ndim != 1 or len(array) != len(self.numbers):
                raise DatasetError(
                    f"{name} of groups must be int32 of shape (n,), not {array.dtype} {array.shape}"
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
        pairs = np.unique(np.stack([self.numbers, self.strata]), axis=1)
        if pairs.shape[1] != len(np.unique(self.numbers)):
            raise DatasetError(f"a {self.name} lies in more than one stratum")

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(np.unique(self.numbers))
