"""The loader of data sets that are pictures: photographs or drawings of one digit each."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.datasets.cache import load_cached
from digitbench.datasets.locate import named_directory
from digitbench.datasets.picture_listing import (
    LabelledPicture,
    has_pictures,
    list_pictures,
    list_test_pictures,
)
from digitbench.datasets.source import Source, SplitSource
from digitbench.errors import DatasetError, PictureError, UsageError
from digitbench.types import DataContext, Dataset, Groups, Split, WorkProgress, available_cpus

_MOST_NAMED = 5
_QUICKLY_READ = 100  # pictures that take no longer than some seconds
_MOST_THREADS = 4  # a large picture takes a few hundred megabytes while it is decoded

_PictureImage = tuple[LabelledPicture, NDArray[np.uint8]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PicturesLoader:
    """Loads pictures from a directory the user names, each made into an image like MNIST's.

    Attributes:
        name: the data set's name.
    """

    name: str

    def __call__(self, context: DataContext) -> Dataset:
        """Load the data set.

        Raises:
            UsageError: no directory was named.
            DatasetUnavailableError: there is no such directory.
            DatasetError: it has no labelled pictures, or none that shows one digit.
        """
        if context.data_dir is None:
            raise UsageError(
                f"--dataset {self.name} reads pictures; name their directory, with folders 0 to 9 "
                "or labels.csv, with --data-dir or DIGITBENCH_DATA_DIR"
            )
        source = _source(named_directory(context.data_dir), context.working)
        return load_cached(context.cache_dir, self.name, source)

    def sources(self, context: DataContext) -> list[Source]:
        """Find the pictures in the named directory; none is opened."""
        if context.data_dir is None or not has_pictures(context.data_dir):
            return []
        return [_source(context.data_dir)]

    def where_otherwise(self, context: DataContext) -> str:
        """Say where the data set would come from if there is no copy of it."""
        if context.data_dir is not None:
            return f"not in the data directory {context.data_dir}"
        return "needs --data-dir"


def _source(directory: Path, working: WorkProgress | None = None) -> Source:
    pictures = list_pictures(directory)
    n_test = sum(bool(picture.test) for picture in pictures)
    return Source(
        where=f"data directory {directory}: {len(pictures) - n_test:,} pictures to train on, "
        f"{n_test:,} to test on",
        key=f"pictures\n{directory.resolve()}",
        version=_version(directory, pictures),
        read=partial(_read, directory, pictures, working),
    )


def source_of_test_pictures(directory: Path, working: WorkProgress | None = None) -> SplitSource:
    """Return where the pictures for testing of a directory are, all if nothing says which are.

    Args:
        directory: with the pictures.
        working: called while they are read.

    Raises:
        DatasetError: the directory has none, or they are badly listed.
    """
    pictures = list_test_pictures(directory)
    return SplitSource(
        where=f"{len(pictures):,} pictures in {directory}",
        key=f"pictures to test on\n{directory.resolve()}",
        version=_version(directory, pictures),
        read=lambda: _split(
            _images(directory, pictures, working), _writers(pictures), directory, "test"
        ),
    )


def code_of_pictures() -> Iterator[str]:
    """Yield what tells the code that reads pictures from its earlier and later versions."""
    from digitbench import pictures as room

    for path in sorted(Path(room.__file__).parent.glob("*.py")):
        yield hashlib.sha256(path.read_bytes()).hexdigest()


def _version(directory: Path, pictures: Sequence[LabelledPicture]) -> str:
    lines = "\n".join(_versions(directory, pictures))
    return hashlib.sha256(lines.encode()).hexdigest()


def _versions(directory: Path, pictures: Sequence[LabelledPicture]) -> Iterator[str]:
    """Yield what the arrays depend on: how pictures are read, the files, their labels."""
    yield from code_of_pictures()
    for picture in pictures:
        try:
            status = (directory / picture.file).stat()
            yield f"{picture!r} {status.st_size} {status.st_mtime_ns}"
        except OSError:
            yield f"{picture!r} is not there"


def _read(
    directory: Path, pictures: Sequence[LabelledPicture], working: WorkProgress | None
) -> tuple[Split, Split]:
    """Read all pictures.

    Raises:
        DatasetError: none is left to train or to test on.
    """
    found = _images(directory, pictures, working)
    writers = _writers(pictures)
    train = _split([one for one in found if not one[0].test], writers, directory, "train")
    test = _split([one for one in found if one[0].test], writers, directory, "test")
    return train, test


def _images(
    directory: Path, pictures: Sequence[LabelledPicture], working: WorkProgress | None
) -> list[_PictureImage]:
    """Read all pictures; those without just one digit are left out and named in a warning."""
    found = []
    with ThreadPoolExecutor(min(_MOST_THREADS, available_cpus())) as threads:
        for image in threads.map(lambda one: _image(directory / one.file), pictures):
            found.append(image)
            if working and len(pictures) > _QUICKLY_READ:
                what = f"reading {len(pictures):,} pictures in {directory}, once"
                working(what, len(found), len(pictures))
    left_out = [
        f"{picture.file} ({reason})"
        for picture, reason in zip(pictures, found, strict=True)
        if isinstance(reason, str)
    ]
    if left_out:
        more = f" and {len(left_out) - _MOST_NAMED:,} more" if len(left_out) > _MOST_NAMED else ""
        _log.warning(
            "%s of %s pictures are left out: %s%s",
            f"{len(left_out):,}",
            f"{len(pictures):,}",
            "; ".join(left_out[:_MOST_NAMED]),
            more,
        )
    return [
        (picture, image)
        for picture, image in zip(pictures, found, strict=True)
        if not isinstance(image, str)
    ]


def _writers(pictures: Sequence[LabelledPicture]) -> dict[str, int]:
    names = sorted({picture.writer or "" for picture in pictures})
    return {name: number for number, name in enumerate(names)}


def _split(
    chosen: Sequence[_PictureImage], writers: dict[str, int], where: Path, part: str
) -> Split:
    if not chosen:
        raise DatasetError(f"{where} has no picture to {part} on that shows one digit; add some")
    numbers = np.array([writers[picture.writer or ""] for picture, _ in chosen], np.int32)
    known = chosen[0][0].writer is not None
    return Split(
        np.stack([image for _, image in chosen]),
        np.array([picture.label for picture, _ in chosen], np.uint8),
        Groups("writer", numbers, np.zeros_like(numbers)) if known else None,
    )


def _image(file: Path) -> NDArray[np.uint8] | str:
    """Return the one digit of a picture, or why there is none."""
    from digitbench.pictures import find_digits, read_picture

    try:
        reading = find_digits(read_picture(file, "it"))
    except PictureError as error:
        return str(error).partition(";")[0]
    if len(reading.digits) > 1:
        return f"it has {len(reading.digits)} digits"
    return reading.digits[0].image if reading.digits else "; ".join(reading.problems)
