"""How the images of a test set were drawn: in groups within strata, or one by one.

Images of one group, such as the digits of one writer, are alike in more than their digit. What
varies from one test set to the next are then the groups and not the single images. Strata, such as
the series of NIST's collection, are fixed by design: the groups of each are a sample of their own.
Without groups every image is a group of its own in the only stratum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from digitbench.types import Groups

Matrix = NDArray[np.float64] | NDArray[np.bool_] | NDArray[np.int8]
Sums = NDArray[np.float64]
"""Sums over the images of each group, `(..., n_groups)`."""


@dataclass(frozen=True, eq=False)
class Sampling:
    """The groups and strata of a test set's images.

    Attributes:
        group_of_image: the group of each image, from 0, intp `(n_images,)`.
        stratum_of_group: the stratum of each group, from 0, intp `(n_groups,)`. No stratum has a
            single group, unless there is but one group.
        name: what a group is; None where every image stands for itself.
    """

    group_of_image: NDArray[np.intp]
    stratum_of_group: NDArray[np.intp]
    name: str | None = None

    @property
    def images(self) -> int:
        """How many images there are."""
        return len(self.group_of_image)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.stratum_of_group)

    @property
    def one_by_one(self) -> bool:
        """Whether each group is a single image, so that groups mean nothing."""
        return self.groups == self.images

    @property
    def is_plain(self) -> bool:
        """Whether there are neither groups nor strata."""
        return self.one_by_one and not self.stratum_of_group.any()

    @property
    def population(self) -> str:
        """What a claim that holds for another such test set is about: `new writers`."""
        return "new digits" if self.name is None else f"new {self.name}s"

    def sums(self, matrix: Matrix) -> Sums:
        """Return the sums of a matrix `(n_rows, n_images)` over the images of each group."""
        if self.one_by_one:
            return matrix.astype(np.float64)
        if matrix.dtype == np.bool_:
            return self._counts(matrix.view(np.bool_))
        order, starts = self._sorted
        # Row by row: what is looked at stays in the processor's cache.
        rows = [np.add.reduceat(row[order], starts, dtype=np.float64) for row in matrix]
        return np.stack(rows)

    def _counts(self, matrix: NDArray[np.bool_]) -> Sums:
        """Count what is true of each group, by what is not: few predictions are wrong."""
        wrong = np.flatnonzero(~matrix)
        cells = wrong // self.images * self.groups + self.group_of_image[wrong % self.images]
        missing = np.bincount(cells, minlength=len(matrix) * self.groups)
        counts: Sums = self.group_sizes - missing.reshape(len(matrix), self.groups)
        return counts

    def deviations(self, sums: Sums) -> Sums:
        """Return each group's sum less what its images would have at the mean of their stratum.

        Whole numbers give exactly 0 where there is no deviation.
        """
        strata = self.stratum_of_group
        if not strata.any():
            of_all = sums.sum(axis=-1, keepdims=True)
            alone: Sums = (sums * self.images - self.group_sizes * of_all) / self.images
            return alone
        of_strata = sums @ self._members
        images = (self.group_sizes @ self._members)[strata]
        deviations: Sums = (sums * images - self.group_sizes * of_strata[..., strata]) / images
        return deviations

    @cached_property
    def group_sizes(self) -> NDArray[np.float64]:
        """The number of images of each group, `(n_groups,)`."""
        return np.bincount(self.group_of_image, minlength=self.groups).astype(np.float64)

    @cached_property
    def factors(self) -> NDArray[np.float64]:
        """G/(G - 1) with the number G of groups in the stratum of each group, `(n_groups,)`.

        Sums of squares about the mean of a stratum are too small by this factor. Infinite where
        there is but one group.
        """
        numbers = np.bincount(self.stratum_of_group)[self.stratum_of_group].astype(np.float64)
        with np.errstate(divide="ignore"):
            factors: NDArray[np.float64] = numbers / (numbers - 1)
        return factors

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the images by group, and the place of each group's first one."""
        order = np.argsort(self.group_of_image, kind="stable")
        starts = np.searchsorted(self.group_of_image[order], np.arange(self.groups))
        return order, starts

    @cached_property
    def _members(self) -> NDArray[np.float64]:
        """Which group is of which stratum, `(n_groups, n_strata)`."""
        return np.eye(int(self.stratum_of_group.max()) + 1)[self.stratum_of_group]


@lru_cache(maxsize=4)
def one_by_one(images: int) -> Sampling:
    """Return the sampling of images that were drawn one by one."""
    return Sampling(np.arange(images), np.zeros(images, np.intp))


@lru_cache(maxsize=4)
def sampling_of(groups: Groups | None, images: int) -> Sampling:
    """Return how a test set was drawn.

    A stratum of one group says nothing of how groups vary: all such strata become one, and a
    single one is merged into the one with the fewest groups.

    Args:
        groups: of the test images; None where none are known.
        images: how many test images there are.

    Raises:
        ValueError: the groups are of another number of images.
    """
    if groups is None:
        return one_by_one(images)
    if len(groups) != images:
        raise ValueError(f"{len(groups)} images have groups, and there are {images}")
    numbers, first, group_of_image = np.unique(
        groups.numbers, return_index=True, return_inverse=True
    )
    if len(numbers) == images:
        return Sampling(np.arange(images), _merged(groups.strata), groups.name)
    return Sampling(group_of_image.astype(np.intp), _merged(groups.strata[first]), groups.name)


def _merged(stratum_of_group: NDArray[np.int32]) -> NDArray[np.intp]:
    """Merge strata of one group, and number the strata anew from 0."""
    _, strata, counts = np.unique(stratum_of_group, return_inverse=True, return_counts=True)
    single = np.flatnonzero(counts == 1)
    if len(single) and len(counts) > 1:
        into = single[0]
        if len(single) == 1:
            into = np.where(counts > 1, counts, counts.max() + 1).argmin()
        strata = np.where(np.isin(strata, single), into, strata)
        _, strata = np.unique(strata, return_inverse=True)
    return strata.astype(np.intp)
