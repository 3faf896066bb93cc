"""Loading a further test set for a run: any plugin's, checked and fingerprinted."""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isfinite

import numpy as np

from digitbench.errors import ContractError, DatasetError
from digitbench.foreign import foreign_code
from digitbench.types import Dataset, PlannedCondition, TestCondition, TestSet
from digitbench.types.plain import short

IMAGES_AT_A_TIME = 10_000
"""Images of a test set that are worked on at once, at most."""
QUICK_IMAGES = 200
"""Images of each condition in a smoke run (`--quick`), at most."""

_MOST_SOURCE = 10_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_BLAME = "; tell the plugin's author"

_log = logging.getLogger(__name__)


def load_test_set(
    label: str, load: Callable[[], TestSet], dataset: Dataset, *, quick: bool = False
) -> TestSet:
    """Load a test set and check what its loader returned.

    Args:
        label: what it is called, for messages.
        load: loads it.
        dataset: the run's, which `load` makes it for.
        quick: keep the first 200 images of each condition.

    Raises:
        DatasetError: it cannot be had or is bad, or the loader failed.
        ContractError: the loader returned something else than promised.
    """
    with foreign_code(lambda reason: DatasetError(f"its loader failed ({reason}){_BLAME}")):
        found = load()
        conditions = tuple(_conditions(found, dataset))
        if quick:
            conditions = tuple(_part(condition, QUICK_IMAGES) for condition in conditions)
        return TestSet(_usable_groups(label, conditions), found.source)


def fingerprint_of(test_set: TestSet) -> str:
    """Return the SHA-256 of the names, severities, images, labels and positions of all conditions.

    Returns:
        64 hexadecimal digits; the same wherever the same arrays in the same order are.
    """
    digest = hashlib.sha256()
    for condition in test_set.conditions:
        digest.update(f"{condition.name} {condition.severity} {len(condition)}\n".encode())
        for name in ("images", "labels", "positions"):
            array = getattr(condition, name)
            if array is None:
                continue
            digest.update(f"{name} {array.dtype}\n".encode())
            for start in range(0, len(array), IMAGES_AT_A_TIME):
                part = array[start : start + IMAGES_AT_A_TIME]
                digest.update(np.ascontiguousarray(part).reshape(-1).data)  # mostly a view
    return digest.hexdigest()


def planned_conditions(test_set: TestSet) -> tuple[PlannedCondition, ...]:
    """Return what a plan says of a set's conditions."""
    return tuple(
        PlannedCondition(
            name=condition.name,
            severity=condition.severity,
            size=len(condition),
            of_test=condition.images is None,
            paired=condition.positions is not None,
        )
        for condition in test_set.conditions
    )


def _conditions(found: object, dataset: Dataset) -> Iterator[TestCondition]:
    """Hold what a loader returned against what `TestSetSpec.load` promises."""
    if not isinstance(found, TestSet):
        raise ContractError(
            f"its loader returned {type(found).__name__}, not a digitbench.TestSet{_BLAME}"
        )
    if not isinstance(found.source, str) or len(found.source) > _MOST_SOURCE:
        raise ContractError(
            f"its loader gave the source {short(found.source)}, not a line of text{_BLAME}"
        )
    for condition in found.conditions:
        if not isinstance(condition, TestCondition):
            raise ContractError(
                f"its loader returned a condition that is {short(condition)}, not a "
                f"digitbench.TestCondition{_BLAME}"
            )
        _check(condition, dataset)
        yield _plain(condition)


def _check(condition: TestCondition, dataset: Dataset) -> None:
    name, severity, positions = condition.name, condition.severity, condition.positions
    if not isinstance(name, str) or (name and not _NAME.fullmatch(name)):
        raise ContractError(
            f"its condition {short(name)} has a bad name: use lower-case letters, digits, dashes "
            f"and underscores{_BLAME}"
        )
    if severity is not None and not (isinstance(severity, int | float) and isfinite(severity)):
        raise ContractError(
            f"the severity of its condition {short(name)} is {short(severity)}, not a finite "
            f"number{_BLAME}"
        )
    for member in ("images", "labels", "positions"):
        array = getattr(condition, member)
        if not isinstance(array, np.ndarray | None):
            raise ContractError(f"its {member} are a {type(array).__name__}, no array{_BLAME}")
    if positions is not None and int(positions.max()) >= len(dataset.test):
        raise DatasetError(
            f"it names the test image {int(positions.max()):,}, counted from 0, and {dataset.name} "
            f"has {len(dataset.test):,} here"
        )


def _plain(condition: TestCondition) -> TestCondition:
    """Return a condition with arrays as every classifier and process may have them.

    They are NumPy's own, not of a subclass such as a masked array, and lie as one piece.
    """
    images, positions = condition.images, condition.positions
    return replace(
        condition,
        labels=np.ascontiguousarray(condition.labels),
        images=None if images is None else np.ascontiguousarray(images),
        positions=None if positions is None else np.ascontiguousarray(positions),
    )


def _usable_groups(label: str, conditions: tuple[TestCondition, ...]) -> tuple[TestCondition, ...]:
    """Leave out groups from which nothing follows, because all images are of one."""
    kept = tuple(
        replace(condition, groups=None)
        if condition.groups is not None and condition.groups.count == 1
        else condition
        for condition in conditions
    )
    for before, after in zip(conditions, kept, strict=True):
        if before.groups is not after.groups and before.groups is not None:
            _log.warning(
                "all images of test set %s are of one %s, so nothing can be said of others: the "
                "intervals are about this one alone",
                label,
                before.groups.name,
            )
            break
    return kept


def _part(condition: TestCondition, most: int) -> TestCondition:
    """Return the first images of a condition."""
    first = slice(most)
    return replace(
        condition,
        labels=condition.labels[first],
        images=None if condition.images is None else condition.images[first],
        groups=None if condition.groups is None else condition.groups.part(first),
        positions=None if condition.positions is None else condition.positions[first],
    )
