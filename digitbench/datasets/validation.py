"""Which training images are held out for validation: the last ones, or those of whole groups."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import UsageError
from digitbench.types import Dataset, Groups, Split

ANY_GROUPS = "groups"
"""Names the groups of whatever data set it is."""

_WRITTEN = re.compile(r"(?:([^\W_][\w-]*):)?([0-9]+)")


@dataclass(frozen=True)
class ValidationRule:
    """What `--validation` asks for.

    Attributes:
        images: how many images to hold out; 5,000 of MNIST's gives the paper's 55,000/5,000.
        groups: what the groups are called that are held out as a whole, such as `writers`, or
            `groups`; None for the last images.
    """

    images: int
    groups: str | None = None

    @classmethod
    def parse(cls, written: int | str) -> Self:
        """Read what `--validation` takes: `5000` or `writers:5000`.

        Raises:
            UsageError: it is neither.
        """
        match = _WRITTEN.fullmatch(str(written))
        if match is None:
            raise UsageError(
                f"--validation {written}: name a number of images, as 5000, or whole groups, as "
                "writers:5000"
            )
        return cls(int(match[2]), match[1])

    def __str__(self) -> str:
        return f"{self.groups}:{self.images}" if self.groups else str(self.images)


def named_groups(dataset: Dataset, name: str, option: str, instead: str) -> Groups:
    """Return the groups of a data set's training images.

    Args:
        dataset: the data set.
        name: what the user calls them: their name, with or without an s, or `groups`.
        option: what was given, as `--validation writers:5000`, for the message.
        instead: what can be given without groups, likewise.

    Raises:
        UsageError: the data set has none, or they are called otherwise.
    """
    groups = dataset.train.groups
    if groups is None:
        raise UsageError(
            f"{option}: {dataset.name} has no {name}, since it is not known which of its images "
            f"belong together; use {instead}"
        )
    if name not in {ANY_GROUPS, groups.name, groups.plural}:
        raise UsageError(
            f"{option}: {dataset.name} has no {name}; name its {groups.plural}, or use {instead}"
        )
    return groups


def hold_out(dataset: Dataset, rule: ValidationRule) -> tuple[Split, Split | None]:
    """Set training images aside for validation.

    The last images are taken without copying anything. Whole groups are taken as
    `held_out_images` says.

    Args:
        dataset: the data set.
        rule: which, and how many.

    Returns:
        What remains to train on, and the validation split; None for no images.

    Raises:
        UsageError: nothing would be left to train on, no whole group fits, or there are no groups
            of that name.
    """
    train, count = dataset.train, rule.images
    if rule.groups is not None:
        groups = named_groups(
            dataset, rule.groups, f"--validation {rule}", f"--validation {rule.images}"
        )
    if count >= len(train):
        raise UsageError(
            f"holding out {count:,} of {len(train):,} training images leaves none to train on; "
            "hold out fewer"
        )
    if count == 0:
        return train, None
    if rule.groups is None:
        return train.part(slice(None, -count)), train.part(slice(-count, None))
    held_out = held_out_images(groups, dataset.test.groups, count)
    if not held_out.any():
        raise UsageError(f"--validation {rule}: no {groups.name} has so few images; hold out more")
    return train.part(~held_out), train.part(held_out)


def held_out_images(groups: Groups, test: Groups | None, count: int) -> NDArray[np.bool_]:
    """Mark the images of whole groups, about so many, in the test set's mix of strata.

    Each stratum gives the share of images that it has in the test set, because strata can differ
    much in how hard they are; only strata that training and test images have in common, and the
    training images' own shares if there are none. Within a stratum, groups come in an order fixed
    by a hash of their numbers; the last is the one that brings the number nearest to what is due.
    So the same groups are held out whatever the seed, and wherever their images lie.

    Args:
        groups: of the training images.
        test: of the test images; None if not known.
        count: how many images to hold out.

    Returns:
        bool `(n,)`.

    Raises:
        UsageError: a stratum would have nothing left to train on.
    """
    shares = test_shares(groups, test)
    taken: list[int] = []
    due, given = 0.0, 0
    for stratum in np.flatnonzero(shares):
        due += count * shares[stratum]  # what the strata before lack, or have too much, goes along
        members = groups.numbers[groups.strata == stratum]
        sizes = dict(zip(*(part.tolist() for part in np.unique_counts(members)), strict=True))
        chosen = list(_nearest(sizes, due - given, groups.name))
        if len(chosen) == len(sizes):
            raise UsageError(
                f"holding out {count:,} images leaves no {groups.name} of "
                f"{groups.stratum_names[stratum]} to train on; hold out fewer"
            )
        taken += chosen
        given += sum(sizes[number] for number in chosen)
    return np.isin(groups.numbers, taken)


def test_shares(groups: Groups, test: Groups | None) -> NDArray[np.float64]:
    """Return the share of each stratum in the test set, as far as training images have it.

    Args:
        groups: of the training images.
        test: of the test images; None if not known: then the training images' own shares.

    Returns:
        float64 `(len(groups.stratum_names),)`, which sum to 1.
    """
    there = np.bincount(groups.strata, minlength=len(groups.stratum_names))
    counts = np.zeros(len(there))
    if test is not None:
        sizes = np.bincount(test.strata, minlength=len(test.stratum_names))
        in_test = dict(zip(test.stratum_names, sizes, strict=True))
        counts += [in_test.get(name, 0) for name in groups.stratum_names]
        counts[there == 0] = 0
    if not counts.any():
        counts += there
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def _nearest(sizes: dict[int, int], due: float, name: str) -> Iterator[int]:
    """Yield groups whose sizes add up to about what is due."""
    left = sorted(sizes, key=lambda number: hashlib.sha256(f"{name} {number}".encode()).digest())
    while left and sizes[left[0]] <= due:
        due -= sizes[left[0]]
        yield left.pop(0)
    last = min(left, key=lambda number: abs(due - sizes[number]), default=None)
    if last is not None and abs(due - sizes[last]) < abs(due):
        yield last
