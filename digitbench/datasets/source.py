"""What the loaders hand to each other: a place that arrays can be read from, and checked arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitbench.errors import DatasetError
from digitbench.types import Dataset, Split


@dataclass(frozen=True)
class Place:
    """Where images were found; nothing of them has been read yet.

    Attributes:
        where: the place, in words for people.
        key: what tells this source from all others.
        version: what tells it from its own earlier and later versions.
    """

    where: str
    key: str
    version: str


@dataclass(frozen=True)
class Source(Place):
    """Where a data set was found.

    Attributes:
        read: reads and checks the training and the test split, both with groups or neither;
            raises `DatasetError`.
    """

    read: Callable[[], tuple[Split, Split]]


@dataclass(frozen=True)
class SplitSource(Place):
    """Where images were found that are no whole data set.

    Attributes:
        read: reads and checks them; raises `DatasetError`.
    """

    read: Callable[[], Split]


@dataclass(frozen=True, eq=False)
class CheckedDataset(Dataset):
    """A data set whose arrays have just been fingerprinted, so that nobody need do it again.

    Attributes:
        fingerprint: `digitbench.datasets.fingerprint.fingerprint` of the arrays.
    """

    fingerprint: str


def file_source(
    where: str, paths: Sequence[Path], read: Callable[[], tuple[Split, Split]]
) -> Source:
    """Make a source of files; where they lie is its key, their sizes and times its version.

    Args:
        where: the place, in words for people.
        paths: the files.
        read: reads them.

    Raises:
        DatasetError: a file has gone or cannot be looked at.
    """
    return Source(where, *_key_and_version(where, paths), read)


def file_split_source(where: str, paths: Sequence[Path], read: Callable[[], Split]) -> SplitSource:
    """Make a source of files that hold no whole data set, as `file_source` does.

    Raises:
        DatasetError: a file has gone or cannot be looked at.
    """
    return SplitSource(where, *_key_and_version(where, paths), read)


def _key_and_version(where: str, paths: Sequence[Path]) -> tuple[str, str]:
    try:
        resolved = [path.resolve() for path in paths]
        statuses = [path.stat() for path in resolved]
    except OSError as error:
        raise DatasetError(f"{where} cannot be read ({error.strerror}); check the files") from error
    version = "\n".join(f"{status.st_size} {status.st_mtime_ns}" for status in statuses)
    return "\n".join(map(str, resolved)), version
