"""Tiny data sets, their files, and a home that is nobody's."""

from __future__ import annotations

import gzip
import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.datasets.published import MNIST, PublishedDataset, PublishedFile
from digitbench.types import DataContext, Split
from mirrors import Mirror, running_mirrors

STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
TRAIN_SIZE, TEST_SIZE = 30, 20

Encode = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture(autouse=True)
def nobodys_home(home: Path) -> None:
    """See nothing of the user's."""


@pytest.fixture
def context(tmp_path: Path) -> DataContext:
    """An empty cache, no named directory, no network."""
    return DataContext(cache_dir=tmp_path / "cache", offline=True)


@pytest.fixture(scope="session")
def make_split() -> Callable[[int, int], Split]:
    """Make a split of `count` random images in which every class occurs."""

    def make(count: int, seed: int = 0) -> Split:
        random = np.random.default_rng(seed)
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        return Split(images, (np.arange(count) % 10).astype(np.uint8))

    return make


@pytest.fixture(scope="session")
def splits(make_split: Callable[[int, int], Split]) -> tuple[Split, Split]:
    """A training and a test split."""
    return make_split(TRAIN_SIZE, 1), make_split(TEST_SIZE, 2)


@pytest.fixture(scope="session")
def idx_bytes() -> Encode:
    """Give an array the IDX format."""

    def encode(array: NDArray[np.uint8]) -> bytes:
        return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()

    return encode


@pytest.fixture(scope="session")
def published_bytes(splits: tuple[Split, Split], idx_bytes: Encode) -> dict[str, bytes]:
    """The four gzipped files of the tiny data set, by name."""
    train, test = splits
    arrays = (train.images, train.labels, test.images, test.labels)
    return {
        f"{stem}.gz": gzip.compress(idx_bytes(array), mtime=0)
        for stem, array in zip(STEMS, arrays, strict=True)
    }


@pytest.fixture
def mirrors() -> Iterator[list[Mirror]]:
    """Two mirrors that have nothing yet."""
    with running_mirrors(2) as running:
        yield running


@pytest.fixture
def tiny(published_bytes: dict[str, bytes]) -> PublishedDataset:
    """A published data set that owns the file names, as MNIST does; its mirrors do not exist."""
    images, labels, test_images, test_labels = (
        PublishedFile(name, len(body), hashlib.sha256(body).hexdigest())
        for name, body in published_bytes.items()
    )
    return replace(
        MNIST,
        name="tiny",
        mirrors=("http://127.0.0.1:9/",),
        files=(images, labels, test_images, test_labels),
        train_size=TRAIN_SIZE,
        test_size=TEST_SIZE,
        torchvision_name="Tiny",
        fingerprint=None,
    )


@pytest.fixture
def write_files(published_bytes: dict[str, bytes]) -> Callable[..., Path]:
    """Write the four files into a directory, gzipped or plain."""

    def write(directory: Path, *, gzipped: bool = True) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        for name, body in published_bytes.items():
            if gzipped:
                (directory / name).write_bytes(body)
            else:
                (directory / name.removesuffix(".gz")).write_bytes(gzip.decompress(body))
        return directory

    return write
