"""`idx:FILE`: which files are meant, and what is refused."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.idx import load_idx
from digitbench.types import Dataset, Split, TestCondition, TestSetContext
from idx_files import idx_bytes, write_pair

Load = Callable[[Path], TestCondition]


@pytest.fixture
def load(context: TestSetContext, dataset: Dataset) -> Load:
    def load_argument(path: Path) -> TestCondition:
        (condition,) = load_idx(replace(context, argument=str(path)), dataset).conditions
        return condition

    return load_argument


def named(directory: Path, images: str, labels: str, split: Split) -> Path:
    write_pair(split, directory / images, directory / labels)
    return directory / images


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
        ("my-images.idx3-ubyte", "my-labels.idx1-ubyte"),
        ("images", "labels"),
        ("images.gz", "labels"),
    ],
)
def test_a_file_of_images_and_its_directory_are_the_same(
    tmp_path: Path, load: Load, dataset: Dataset, images: str, labels: str
) -> None:
    file = named(tmp_path / "x", images, labels, dataset.test)
    for path in (file, tmp_path / "x"):
        found = load(path)
        assert found.images is not None
        np.testing.assert_array_equal(found.images, dataset.test.images)
        np.testing.assert_array_equal(found.labels, dataset.test.labels)
        assert (found.name, found.severity, found.groups, found.positions) == ("", None, None, None)


def test_of_a_data_set_the_test_images_are_taken(
    tmp_path: Path, load: Load, dataset: Dataset
) -> None:
    named(tmp_path, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", dataset.train)
    named(tmp_path, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", dataset.test)
    found = load(tmp_path)
    assert found.images is not None
    np.testing.assert_array_equal(found.images, dataset.test.images)


def test_arrays_come_mapped_from_the_cache_and_follow_the_files(
    tmp_path: Path, load: Load, dataset: Dataset, context: TestSetContext
) -> None:
    file = named(tmp_path / "x", "images.gz", "labels.gz", dataset.test)
    images = load(file).images
    assert images is not None
    assert not images.flags.owndata
    (entry,) = (context.data.cache_dir / "arrays").iterdir()
    assert entry.name.startswith("idx-")
    named(tmp_path / "x", "images.gz", "labels.gz", dataset.test.part(slice(7)))
    assert len(load(file)) == 7


def test_several_pairs_are_told_apart_by_the_user(
    tmp_path: Path, load: Load, dataset: Dataset
) -> None:
    named(tmp_path, "a-images", "a-labels", dataset.test)
    file = named(tmp_path, "b-images", "b-labels", dataset.train)
    with pytest.raises(DatasetError, match=r"several files of images \(a-images, b-images\); name"):
        load(tmp_path)
    assert len(load(file)) == len(dataset.train)


def test_what_is_not_there_is_unavailable(
    tmp_path: Path, load: Load, dataset: Dataset, context: TestSetContext
) -> None:
    with pytest.raises(DatasetUnavailableError, match=r"there is no .*nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(DatasetUnavailableError, match="cannot be looked at"):
        load(Path("long" * 2_000))
    with pytest.raises(DatasetUnavailableError, match="has no IDX files"):
        load(tmp_path)
    file = tmp_path / "images"
    file.write_bytes(idx_bytes(dataset.test.images))
    with pytest.raises(DatasetUnavailableError, match=r"labels of .* are not beside it"):
        load(file)
    with pytest.raises(DatasetError, match="write idx:PATH"):
        load_idx(context, dataset)


def test_a_tilde_is_the_home_directory(
    home: Path, context: TestSetContext, dataset: Dataset
) -> None:
    named(home / "x", "images", "labels", dataset.test)
    (found,) = load_idx(replace(context, argument="~/x"), dataset).conditions
    assert len(found) == len(dataset.test)


LABELS = (np.arange(20) % 10).astype(np.uint8)
BOMB = gzip.compress(b"\0" * 5_000_000, mtime=0)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (struct.pack(">HBBIII", 0, 8, 3, 20, 28, 28), None, "cut short"),
        (struct.pack(">HBBIII", 0, 8, 3, 4_000_000_000, 28, 28), None, "at most 1,000,000"),
        (
            gzip.compress(b"\0" * 5_000_000, mtime=0),
            None,
            "not a file of images|elements of IDX type",
        ),
        (idx_bytes(np.zeros((20, 16, 16), np.uint8)), None, "images of 16x16 pixels"),
        (idx_bytes(np.zeros((0, 28, 28), np.uint8)), idx_bytes(LABELS[:0]), "has no test images"),
        (b"a text", None, "not an IDX file"),
        (None, idx_bytes(LABELS + 1), "has the label 10; labels must be 0 to 9"),
        (None, idx_bytes(LABELS[:7]), "cannot be used together: 20 images but 7 labels"),
    ],
)
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path,
    load: Load,
    dataset: Dataset,
    images: bytes | None,
    labels: bytes | None,
    said: str,
) -> None:
    file = named(tmp_path, "images", "labels", dataset.test)
    if images is not None:
        file.write_bytes(images)
    if labels is not None:
        (tmp_path / "labels").write_bytes(labels)
    with pytest.raises(DatasetError, match=said) as caught:
        load(file)
    assert "\n" not in str(caught.value)
