"""What the loaders hand to each other: a place that arrays can be read from, and checked arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitbench.errors import DatasetError
from digitbench.types import Dataset, Split


@dataclass(frozen=True)
class Source:
    """Where a data set was found; nothing of it has been read yet.

    Attributes:
        where: the place, in words for people.
        key: what tells this source from all others.
        version: what tells it from its own earlier and later versions.
        read: reads and checks the training and the test split, both with groups or neither, and
            these without strata, which the cache does not keep; raises `DatasetError`.
    """

    where: str
    key: str
    version: str
    read: Callable[[], tuple[Split, Split]]


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
    try:
        resolved = [path.resolve() for path in paths]
        statuses = [path.stat() for path in resolved]
    except OSError as error:
        raise DatasetError(f"{where} cannot be read ({error.strerror}); check the files") from error
    return Source(
        where=where,
        key="\n".join(map(str, resolved)),
        version="\n".join(f"{status.st_size} {status.st_mtime_ns}" for status in statuses),
        read=read,
    )
