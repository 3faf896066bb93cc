"""The groups of a test set, and sums over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError
from digitbench.types import Groups


@dataclass(frozen=True)
class Stratum:
    """The errors in a stratum.

    Attributes:
        name: what it is called.
        groups: how many groups it has; `images`: how many images.
        error: the share of its predictions that is wrong, over all trials.
    """

    name: str
    groups: int
    images: int
    error: float


@dataclass(frozen=True, eq=False)
class GroupLayout:
    """The groups of a test set as they were given, no stratum merged.

    Attributes:
        name: what a group is.
        numbers: of the groups, `(n_groups,)`; `sizes`: their images; `strata`: their strata.
        group_of_image: the place of each image's group in these, `(n_images,)`.
        stratum_names: of all strata.
    """

    name: str
    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    strata: NDArray[np.int32]
    group_of_image: NDArray[np.intp]
    stratum_names: Sequence[str]

    @classmethod
    def of(cls, model: Outcomes) -> Self:
        """Return the groups of a model's test images.

        Raises:
            UsageError: they are not known.
        """
        groups: Groups | None = model.groups
        if groups is None:
            raise UsageError(
                f"{model.dataset.name}: it is not known which test images belong together"
            )
        numbers, first, places, sizes = np.unique(
            groups.numbers, return_index=True, return_inverse=True, return_counts=True
        )
        strata = groups.strata[first]
        return cls(groups.name, numbers, sizes, strata, places, groups.stratum_names)

    def sums(self, matrix: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sums of errors, bool `(n_trials, n_images)`, over each group's images."""
        count = len(self.numbers)
        rows = [
            np.bincount(self.group_of_image[np.flatnonzero(row)], minlength=count) for row in matrix
        ]
        return np.stack(rows).astype(np.float64)

    def stratum_rates(self, wrong: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of each stratum's images that is wrong; 0 for one without images."""
        count = len(self.stratum_names)
        images = np.bincount(self.strata, self.sizes, count)
        rates: NDArray[np.float64] = np.bincount(self.strata, wrong, count) / np.maximum(images, 1)
        return rates

    def described(self, rates: NDArray[np.float64]) -> tuple[Stratum, ...]:
        """Describe the strata that have images."""
        groups = np.bincount(self.strata, minlength=len(self.stratum_names))
        images = np.bincount(self.strata, self.sizes, len(self.stratum_names))
        return tuple(
            Stratum(name, int(groups[i]), int(images[i]), float(rates[i]))
            for i, name in enumerate(self.stratum_names)
            if groups[i]
        )
