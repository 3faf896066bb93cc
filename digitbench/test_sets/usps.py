"""`usps`: the 2,007 test digits of USPS, from envelopes, brought from 16x16 pixels to 28x28."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.datasets.cache import load_cached_split
from digitbench.datasets.checksums import are_published
from digitbench.datasets.download import download
from digitbench.datasets.locate import find_idx_files, is_file, torchvision_roots
from digitbench.datasets.picture_loader import code_of_pictures
from digitbench.datasets.published import MNIST, PublishedFile, PublishedFiles
from digitbench.datasets.source import SplitSource, file_split_source
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.of_images import set_of_images
from digitbench.test_sets.options import UspsOptions
from digitbench.test_sets.usps_files import SmallDigits, read_hdf5, read_idx, read_libsvm
from digitbench.types import (
    IMAGE_SHAPE,
    DataContext,
    Dataset,
    Split,
    TestSet,
    TestSetContext,
)

_ENLARGED = 4  # times, so that strokes and edges can be measured


USPS = PublishedFiles(
    name="usps",
    mirrors=("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",),
    files=(
        PublishedFile(
            "usps.t.bz2",
            1_831_726,
            "a9c0164e797d60142a50604917f0baa604f326e9a689698763793fa5d12ffc4e",
        ),
    ),
)
"""The test digits in LIBSVM's form; the published MD5 is 8ea070ee2aca1ac39742fdd1ef5ed118."""


def load_usps(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Load the test digits of USPS.

    They are looked for in the directory of the run's data, digitbench's cache and torchvision's
    directories, as LIBSVM's file, `usps.h5` or a pair of IDX files.

    Raises:
        DatasetUnavailableError: they are nowhere, and cannot (or must not) be downloaded.
        DatasetError: they are damaged.
    """
    options = context.options
    form = options.form if isinstance(options, UspsOptions) else UspsOptions().form
    source = _source(context.data, form)
    split = load_cached_split(context.data.cache_dir, "usps", source)
    return set_of_images(split, source.where)


def in_mnist_form(digits: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draw digits as MNIST's are, by the code that reads pictures.

    Args:
        digits: ink from 0 to 1, float32 `(n, 16, 16)`.

    Returns:
        uint8 `(n, 28, 28)`; blank where there is no ink.
    """
    from digitbench.pictures.mnist_form import mnist_form

    blank = np.zeros(IMAGE_SHAPE, np.uint8)
    side = _ENLARGED * digits.shape[1]
    return np.stack([mnist_form(_resized(one, side)) if one.any() else blank for one in digits])


def enlarged(digits: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Enlarge digits to 28x28 pixels and change nothing else.

    Args:
        digits: ink from 0 to 1, float32 `(n, 16, 16)`.
    """
    large = np.stack([_resized(one, IMAGE_SHAPE[0]) for one in digits])
    return np.rint(large * 255).astype(np.uint8)


def _resized(ink: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    from PIL import Image

    large = Image.fromarray(ink).resize((side, side), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large, np.float32), 0, 1)


def _source(context: DataContext, form: str) -> SplitSource:
    own = context.cache_dir / "files" / USPS.name
    for directory in _directories(context.data_dir, own):
        if files := _files_in(directory):
            paths, read = files
            _refuse_unpublished(directory == own, paths)
            return _formed(paths, read, form)
    if context.offline:
        raise DatasetUnavailableError(
            f"usps is not on this machine, and downloads are off; copy {USPS.files[0].name} (from "
            f"{USPS.mirrors[0]}) or usps.h5 to {own}"
        )
    download(USPS, own, context.progress)
    path = own / USPS.files[0].name
    return _formed((path,), partial(read_libsvm, path), form)


def _directories(data_dir: Path | None, own: Path) -> Iterator[Path]:
    for root in [data_dir] if data_dir is not None else []:
        yield from (root / "usps", root / "USPS", root)
    yield own
    for root in torchvision_roots():
        yield from (root / "USPS", root)


def _files_in(directory: Path) -> tuple[tuple[Path, ...], Callable[[], SmallDigits]] | None:
    for name, read in (
        ("usps.t.bz2", read_libsvm),
        ("usps.t", read_libsvm),
        ("usps.h5", read_hdf5),
    ):
        if is_file(path := directory / name):
            return (path,), partial(read, path)
    if directory.name.lower() == USPS.name:  # elsewhere, these names are MNIST's
        pair = find_idx_files(directory, MNIST.test_stems)
        return None if pair is None else (pair.paths, partial(read_idx, *pair.paths))
    return None


def _formed(paths: tuple[Path, ...], read: Callable[[], SmallDigits], form: str) -> SplitSource:
    def read_split() -> Split:
        digits, labels = read()
        return Split(in_mnist_form(digits) if form == "mnist" else enlarged(digits), labels)

    found = file_split_source(f"{paths[0]} ({form} form)", paths, read_split)
    code = hashlib.sha256("\n".join(code_of_pictures()).encode()).hexdigest()
    return SplitSource(found.where, f"{found.key}\n{form}", f"{found.version}\n{code}", read_split)


def _refuse_unpublished(is_own: bool, paths: tuple[Path, ...]) -> None:
    """Refuse a damaged download; other files in the cache are the user's."""
    if is_own and paths[0].name == USPS.files[0].name and not are_published(paths, USPS.files):
        raise DatasetError(f"{paths[0]} does not have the published checksum; delete it")
