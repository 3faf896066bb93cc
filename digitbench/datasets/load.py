"""Loading a data set for a run: any plugin's, checked and fingerprinted."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR

import numpy as np
import platformdirs

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.source import CheckedDataset
from digitbench.datasets.writers import known_groups
from digitbench.errors import (
    ContractError,
    DatasetError,
    DatasetUnavailableError,
    UsageError,
)
from digitbench.foreign import foreign_code
from digitbench.given import variable, written_path
from digitbench.types import NUM_CLASSES, DataContext, Dataset, DatasetSpec, Split
from digitbench.types.plain import short

DEFAULT_DATASET = "mnist"
FALLBACK_DATASET = "digits"
_MOST_SOURCE = 10_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LoadedDataset:
    """A data set that has been checked.

    Attributes:
        dataset: the data.
        fingerprint: `digitbench.datasets.fingerprint.fingerprint` of them.
        canonical: whether they are the published ones; None if that cannot be told.
    """

    dataset: Dataset
    fingerprint: str
    canonical: bool | None


@dataclass(frozen=True, eq=False)
class DefaultDataset:
    """What a run without `--dataset` uses.

    Attributes:
        loaded: the data set.
        fallback_reason: why it is not MNIST, in one line; None if it is.
    """

    loaded: LoadedDataset
    fallback_reason: str | None


def default_cache_dir() -> Path:
    """Return digitbench's cache: `DIGITBENCH_CACHE_DIR`, or the user's cache directory.

    A user without a home, as in some containers, has one among the temporary files.

    Raises:
        UsageError: the variable names the home of such a user, or somebody else has taken the
            place among the temporary files.
    """
    if named := variable("DIGITBENCH_CACHE_DIR"):
        return written_path(named)
    with suppress(RuntimeError):  # there is no home
        usual = Path(platformdirs.user_cache_dir("digitbench"))
        if usual.is_absolute():
            return usual
    return _homeless_cache_dir()


def load_dataset(spec: DatasetSpec, context: DataContext) -> LoadedDataset:
    """Load a data set and check what its loader returned.

    A class that no training image has is worth a warning, not an error.

    Args:
        spec: the data set.
        context: what the loader may use.

    Returns:
        The data set with its fingerprint.

    Raises:
        DatasetError: it cannot be had or is bad, or the loader failed; the message names it.
        ContractError: the loader returned something else than promised.
    """
    with foreign_code(
        lambda reason: DatasetError(
            f"the loader of data set {spec.name} failed ({reason}); tell the plugin's author"
        )
    ):
        dataset = _loaded(spec, context)
        _check(spec, dataset)
    if isinstance(dataset, CheckedDataset):
        found = dataset.fingerprint
    else:
        found = fingerprint(dataset.train, dataset.test)
    expected = spec.canonical_fingerprint
    canonical = None if expected is None else found == expected
    return LoadedDataset(_usable_groups(_with_known_groups(dataset, found)), found, canonical)


def load_default(specs: Mapping[str, DatasetSpec], context: DataContext) -> DefaultDataset:
    """Load MNIST, or the bundled digits if MNIST cannot be had.

    Args:
        specs: the data sets there are, by name.
        context: what the loaders may use. If it names a data directory, MNIST has to be there.

    Returns:
        The data set, and why it is not MNIST if it is not.

    Raises:
        DatasetError: MNIST was found but is bad, or is not in the named directory, or neither
            data set can be had.
    """
    try:
        if DEFAULT_DATASET not in specs:
            raise DatasetUnavailableError(
                f"no plugin offers {DEFAULT_DATASET}; enable digitbench's own data sets, or name "
                "another with --dataset"
            )
        return DefaultDataset(load_dataset(specs[DEFAULT_DATASET], context), None)
    except DatasetUnavailableError as error:
        if context.data_dir is not None or FALLBACK_DATASET not in specs:
            raise
        reason = str(error)
    return DefaultDataset(load_dataset(specs[FALLBACK_DATASET], context), reason)


def _with_known_groups(dataset: Dataset, found: str) -> Dataset:
    """Add the groups that digitbench itself knows, if the loader gives none."""
    if dataset.train.groups is not None or dataset.test.groups is not None:
        return dataset
    groups = known_groups(found)
    if groups is None:
        return dataset
    train, test = (
        replace(split, groups=part)
        for split, part in zip((dataset.train, dataset.test), groups, strict=True)
    )
    return replace(dataset, train=train, test=test)


def _usable_groups(dataset: Dataset) -> Dataset:
    """Leave out groups of the test images from which nothing follows.

    Raises:
        DatasetError: training and test images are grouped by different things.
    """
    train, test = dataset.train.groups, dataset.test.groups
    if train is not None and test is not None and train.name != test.name:
        raise DatasetError(
            f"data set {dataset.name} groups its training images by {train.name} and its test "
            f"images by {test.name}; tell the plugin's author"
        )
    if test is None or test.count > 1:
        return dataset
    _log.warning(
        "all test images of %s are of one %s, so nothing can be said of others: the intervals are "
        "about this one alone",
        dataset.name,
        test.name,
    )
    return replace(dataset, test=replace(dataset.test, groups=None))


def _homeless_cache_dir() -> Path:
    """Return a directory for temporary files that nobody else can write to."""
    user = os.getuid() if sys.platform != "win32" else 0
    with suppress(OSError):  # nothing can be written anywhere: then nothing is cached
        directory = Path(tempfile.gettempdir(), f"digitbench-{user}")
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        found = directory.lstat()
        if S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o022:
            return directory
        raise UsageError(
            f"there is no home directory, and {directory} is not this user's alone: name a place "
            "for the cache in DIGITBENCH_CACHE_DIR"
        )
    return Path(os.devnull, "digitbench")


def _loaded(spec: DatasetSpec, context: DataContext) -> Dataset:
    """Call a data set's loader; its errors name the data set."""
    try:
        return spec.load(context)
    except DatasetError as error:
        if spec.name in str(error):
            raise
        raise type(error)(f"data set {spec.name}: {error}") from error


def _check(spec: DatasetSpec, dataset: object) -> None:
    """Hold what a loader returned against what `DatasetSpec.load` promises."""
    if not isinstance(dataset, Dataset):
        raise ContractError(
            f"the loader of data set {spec.name} returned {type(dataset).__name__}, not a "
            "digitbench.Dataset; tell the plugin's author"
        )
    if dataset.name != spec.name:
        raise ContractError(
            f"the loader of data set {spec.name} returned one named {short(dataset.name)}; tell "
            "the plugin's author"
        )
    if not isinstance(dataset.source, str) or len(dataset.source) > _MOST_SOURCE:
        raise ContractError(
            f"the loader of data set {spec.name} gave the source {short(dataset.source)}, not a "
            "line of text; tell the plugin's author"
        )
    for part, split in (("train", dataset.train), ("test", dataset.test)):
        if not isinstance(split, Split):
            raise ContractError(
                f"the loader of data set {spec.name} returned {type(split).__name__} for {part}, "
                "not a digitbench.Split; tell the plugin's author"
            )
        if not len(split):
            raise DatasetError(f"data set {spec.name} has no {part} images; use other data")
    counts = np.bincount(dataset.train.labels, minlength=NUM_CLASSES)
    if absent := [str(digit) for digit in np.flatnonzero(counts == 0)]:
        _log.warning(
            "no training image of %s is labelled %s, so no model can learn that",
            spec.name,
            ", ".join(absent),
        )
