"""Loading a data set for a run: any plugin's, checked and fingerprinted."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.source import CheckedDataset
from digitbench.errors import (
    ContractError,
    DatasetError,
    DatasetUnavailableError,
    DigitbenchError,
    UsageError,
)
from digitbench.types import NUM_CLASSES, DataContext, Dataset, DatasetSpec, Split

DEFAULT_DATASET = "mnist"
FALLBACK_DATASET = "digits"

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
    """Return digitbench's cache: `DIGITBENCH_CACHE_DIR`, or the user's cache directory."""
    if named := os.environ.get("DIGITBENCH_CACHE_DIR"):
        return Path(named)
    return Path(platformdirs.user_cache_dir("digitbench"))


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
    try:
        dataset = spec.load(context)
    except DatasetError as error:
        if spec.name in str(error):
            raise
        raise type(error)(f"data set {spec.name}: {error}") from error
    except DigitbenchError:
        raise
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(
            f"the loader of data set {spec.name} failed ({type(error).__name__}: {reason}); "
            "tell the plugin's author"
        ) from error
    _check(spec, dataset)
    if isinstance(dataset, CheckedDataset):
        found = dataset.fingerprint
    else:
        found = fingerprint(dataset.train, dataset.test)
    expected = spec.canonical_fingerprint
    return LoadedDataset(dataset, found, None if expected is None else found == expected)


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


def hold_out(train: Split, count: int) -> tuple[Split, Split | None]:
    """Set the last training images aside for validation; nothing is copied.

    Args:
        train: the training images.
        count: how many to hold out; 5,000 of MNIST's gives the paper's 55,000/5,000.

    Returns:
        What remains to train on, and the validation split; None for a count of 0.

    Raises:
        UsageError: the count is negative, or leaves nothing to train on.
    """
    if count < 0:
        raise UsageError(f"{count} images cannot be held out; name 0 or more")
    if count >= len(train):
        raise UsageError(
            f"holding out {count:,} of {len(train):,} training images leaves none to train on; "
            "hold out fewer"
        )
    if count == 0:
        return train, None
    return (
        Split(train.images[:-count], train.labels[:-count]),
        Split(train.images[-count:], train.labels[-count:]),
    )


def _check(spec: DatasetSpec, dataset: object) -> None:
    """Hold what a loader returned against what `DatasetSpec.load` promises."""
    if not isinstance(dataset, Dataset):
        raise ContractError(
            f"the loader of data set {spec.name} returned {type(dataset).__name__}, not a "
            "digitbench.Dataset; tell the plugin's author"
        )
    if dataset.name != spec.name:
        raise ContractError(
            f"the loader of data set {spec.name} returned one named {dataset.name!r}; tell the "
            "plugin's author"
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
