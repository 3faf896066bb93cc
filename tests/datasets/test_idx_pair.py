"""Images with their labels, and QMNIST's labels with their writers."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.datasets.idx import read_rows
from digitbench.datasets.idx_pair import read_split
from digitbench.errors import DatasetError
from digitbench.types import Split
from idx_files import idx_bytes, label_rows, write_pair


@pytest.fixture
def split(make_split: Callable[[int, int], Split]) -> Split:
    return make_split(20, 3)


@pytest.fixture
def images(tmp_path: Path, split: Split) -> Path:
    write_pair(split, tmp_path / "images", tmp_path / "labels")
    return tmp_path / "images"


def rows_of(split: Split) -> NDArray[np.int32]:
    """Five writers, the first two of another series."""
    writers = (2_000 + np.arange(len(split)) % 5).astype(np.int32)
    return label_rows(split.labels, np.where(writers < 2_002, 0, 4).astype(np.int32), writers)


def test_plain_labels_have_no_writers(images: Path, split: Split) -> None:
    found = read_split(images, images.with_name("labels"))
    np.testing.assert_array_equal(found.images, split.images)
    np.testing.assert_array_equal(found.labels, split.labels)
    assert found.groups is None


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_rows_have_writers_in_their_series(images: Path, split: Split, suffix: str) -> None:
    file = images.with_name(f"labels-idx2-int{suffix}")
    body = idx_bytes(rows_of(split))
    file.write_bytes(gzip.compress(body) if suffix else body)
    found = read_split(images, file)
    np.testing.assert_array_equal(found.labels, split.labels)
    assert found.groups is not None
    assert found.groups.name == "writer"
    assert found.groups.numbers[:6].tolist() == [2_000, 2_001, 2_002, 2_003, 2_004, 2_000]
    assert found.groups.stratum_names == ("hsf 0", "hsf 4")
    assert found.groups.strata[:6].tolist() == [0, 0, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (0, 10, "has the label 10; it must be 0 to 9"),
        (0, -1, "has the label -1"),
        (1, 8, "has the series 8"),
        (2, -3, "has the writer -3"),
        (2, 2**31 - 1, "has the writer 2147483647; it must be 0 to 9,999"),
        (1, 1, "cannot be used: a writer lies in more than one stratum"),
    ],
)
def test_impossible_rows_are_refused(
    images: Path, split: Split, column: int, value: int, said: str
) -> None:
    rows = rows_of(split)
    rows[7, column] = value
    file = images.with_name("labels-idx2-int")
    file.write_bytes(idx_bytes(rows))
    with pytest.raises(DatasetError, match=said):
        read_split(images, file)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (struct.pack(">HBBII", 0, 0x0C, 2, 1_000_000_000, 8), "at most 1,000,000"),
        (struct.pack(">HBBII", 0, 0x0C, 2, 5, 4_000_000_000), "rows of 4000000000 numbers; .* 8"),
        (struct.pack(">HBBII", 0, 0x0C, 2, 5, 8) + bytes(159), "cut short"),
        (struct.pack(">HBBII", 0, 0x0C, 2, 5, 8) + bytes(161), "too long"),
        (idx_bytes(np.zeros(5, np.uint8)), r"IDX type 0x08; only 32-bit integers \(0x0c\)"),
        (idx_bytes(np.zeros(5, np.int32)), "array of 1 dimensions"),
        (b"\0\0", "cut short"),
        (b"", "cut short"),
    ],
)
def test_damaged_and_hostile_rows_are_refused(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "rows").write_bytes(body)
    with pytest.raises(DatasetError, match=said):
        read_rows(tmp_path / "rows")


@pytest.mark.parametrize(("size", "said"), [(159, "cut short"), (10**7, "too long|more")])
def test_damaged_and_hostile_gzipped_rows_are_refused(tmp_path: Path, size: int, said: str) -> None:
    rows = struct.pack(">HBBII", 0, 0x0C, 2, 5, 8) + bytes(size)
    (tmp_path / "rows").write_bytes(gzip.compress(rows))
    with pytest.raises(DatasetError, match=said):
        read_rows(tmp_path / "rows")


def test_a_pair_must_go_together(images: Path, split: Split) -> None:
    file = images.with_name("other-idx2-int")
    file.write_bytes(idx_bytes(rows_of(split)[:-1]))
    with pytest.raises(DatasetError, match="cannot be used together: 20 images but 19 labels"):
        read_split(images, file)
