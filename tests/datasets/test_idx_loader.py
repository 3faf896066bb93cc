"""One's own four IDX files, in a directory that is named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.loaders import IdxLoader
from digitbench.datasets.source import CheckedDataset
from digitbench.errors import DatasetUnavailableError, UsageError
from digitbench.types import DataContext, Split

Encode = Callable[[NDArray[np.uint8]], bytes]


def test_any_idx_files_can_be_named(
    tmp_path: Path,
    context: DataContext,
    make_split: Callable[[int, int], Split],
    idx_bytes: Encode,
) -> None:
    train, test = make_split(7, 1), make_split(3, 2)
    for name, array in {
        "train-images.idx3-ubyte": train.images,
        "train-labels.idx1-ubyte": train.labels,
        "test-images.idx3-ubyte": test.images,
        "test-labels.idx1-ubyte": test.labels,
    }.items():
        (tmp_path / name).write_bytes(gzip.compress(idx_bytes(array)))
    dataset = IdxLoader("idx")(replace(context, data_dir=tmp_path))
    assert isinstance(dataset, CheckedDataset)
    assert dataset.fingerprint == fingerprint(train, test)
    assert (dataset.name, dataset.source) == ("idx", f"data directory {tmp_path}")


def test_idx_needs_a_named_directory(context: DataContext, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data-dir"):
        IdxLoader("idx")(context)
    with pytest.raises(DatasetUnavailableError, match="lacks"):
        IdxLoader("idx")(replace(context, data_dir=tmp_path))
