"""QMNIST: its labels come with their writers."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.loaders import PublishedLoader
from digitbench.datasets.published import QMNIST, PublishedDataset, PublishedFile
from digitbench.datasets.status import verify
from digitbench.errors import DatasetUnavailableError
from digitbench.types import DataContext, DatasetSpec, Split
from idx_files import idx_bytes, label_rows

WriteFiles = Callable[..., Path]


@pytest.fixture
def qmnist(splits: tuple[Split, Split], tmp_path: Path) -> PublishedDataset:
    """A small stand-in for QMNIST, in `data/QMNIST/raw`."""
    directory = tmp_path / "data/QMNIST/raw"
    directory.mkdir(parents=True)
    files = []
    for part, split, series, first in (
        ("train", splits[0], (0, 4), 0),
        ("test", splits[1], (1, 4), 10),
    ):
        writers = (np.arange(len(split)) % 6 + first).astype(np.int32)
        rows = label_rows(split.labels, np.array(series, np.int32)[writers % 2], writers)
        for kind, array in (("images-idx3-ubyte", split.images), ("labels-idx2-int", rows)):
            body = gzip.compress(idx_bytes(array), mtime=0)
            name = f"qmnist-{part}-{kind}.gz"
            (directory / name).write_bytes(body)
            files.append(PublishedFile(name, len(body), hashlib.sha256(body).hexdigest()))
    return replace(
        QMNIST,
        files=(files[0], files[1], files[2], files[3]),
        train_size=len(splits[0]),
        test_size=len(splits[1]),
    )


def test_qmnist_comes_with_its_writers(
    qmnist: PublishedDataset, context: DataContext, splits: tuple[Split, Split], tmp_path: Path
) -> None:
    for _ in range(2):  # read from the files, then from the cache
        found = PublishedLoader(qmnist)(replace(context, data_dir=tmp_path / "data"))
        assert found.source == f"data directory {tmp_path / 'data/QMNIST/raw'}"
        for split, given, names in (
            (found.train, splits[0], ("hsf 0", "hsf 4")),
            (found.test, splits[1], ("hsf 1", "hsf 4")),
        ):
            np.testing.assert_array_equal(split.images, given.images)
            assert split.labels.tolist() == given.labels.tolist()
            assert split.groups is not None
            assert split.groups.stratum_names == names
            assert split.groups.strata[:4].tolist() == [0, 1, 0, 1]
    assert found.test.groups is not None
    assert found.test.groups.numbers[:7].tolist() == [10, 11, 12, 13, 14, 15, 10]


def test_writers_of_one_part_alone_are_left_out(
    qmnist: PublishedDataset, context: DataContext, splits: tuple[Split, Split], tmp_path: Path
) -> None:
    directory = tmp_path / "data/QMNIST/raw"
    (directory / "qmnist-test-labels-idx2-int.gz").unlink()
    (directory / "qmnist-test-labels-idx1-ubyte").write_bytes(idx_bytes(splits[1].labels))
    found = PublishedLoader(qmnist)(replace(context, data_dir=tmp_path / "data"))
    assert (found.train.groups, found.test.groups) == (None, None)
    assert found.test.labels.tolist() == splits[1].labels.tolist()


def test_verifying_qmnist_tells_of_its_writers(
    qmnist: PublishedDataset, context: DataContext, tmp_path: Path
) -> None:
    spec = DatasetSpec("qmnist", "QMNIST", PublishedLoader(qmnist))
    (row,) = verify([spec], replace(context, data_dir=tmp_path / "data"))
    assert (row.ok, row.detail) == (True, "30 training and 20 test images, writers known")


def test_files_of_mnist_are_not_qmnist(
    qmnist: PublishedDataset, context: DataContext, write_files: WriteFiles, tmp_path: Path
) -> None:
    named = replace(context, data_dir=write_files(tmp_path / "mnist"))
    with pytest.raises(DatasetUnavailableError, match="lacks qmnist-train-images-idx3-ubyte"):
        PublishedLoader(qmnist)(named)
