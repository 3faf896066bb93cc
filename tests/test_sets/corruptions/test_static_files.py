"""MNIST-C's own files, where the user has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.corruptions.loader import load_corruptions
from digitbench.test_sets.options import CorruptionOptions
from digitbench.types import DataContext, Dataset, TestSet, TestSetContext

Arrays = dict[str, np.ndarray]


@pytest.fixture
def arrays(digits: Dataset) -> Arrays:
    """Files like those of MNIST-C: images with an axis for colours, labels as 64-bit numbers."""
    return {
        "test_images": (digits.test.images // 2)[..., None],
        "test_labels": digits.test.labels.astype(np.int64),
    }


def write(directory: Path, arrays: Arrays) -> Path:
    directory.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", array)
    return directory


def load(data_dir: Path | None, dataset: Dataset, tmp_path: Path) -> TestSet:
    context = DataContext(tmp_path / "cache", data_dir, offline=True)
    options = CorruptionOptions(source="files", only="fog/stripe")
    return load_corruptions(TestSetContext(context, options), dataset)


@pytest.mark.parametrize("within", ["mnist_c", "."])
def test_they_are_taken_as_they_are(
    within: str, tmp_path: Path, arrays: Arrays, digits: Dataset
) -> None:
    for name in ("fog", "stripe"):
        write(tmp_path / "data" / within / name, arrays)
    made = load(tmp_path / "data", digits, tmp_path)
    assert [condition.key for condition in made.conditions] == ["stripe@3", "fog@5"]
    for condition in made.conditions:
        assert condition.images is not None
        np.testing.assert_array_equal(condition.images, digits.test.images // 2)
        np.testing.assert_array_equal(condition.positions, np.arange(355))
    assert "MNIST-C's files in" in made.source
    assert not (tmp_path / "cache").exists()


def test_no_data_directory(digits: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetUnavailableError, match=r"mnist_c/ with --data-dir"):
        load(None, digits, tmp_path)


def test_a_file_is_missing(arrays: Arrays, digits: Dataset, tmp_path: Path) -> None:
    write(tmp_path / "data" / "mnist_c" / "stripe", arrays)
    with pytest.raises(DatasetUnavailableError, match=r"fog.test_images\.npy is missing"):
        load(tmp_path / "data", digits, tmp_path)


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("test_images", np.zeros((355, 28, 28, 1), np.float32), "must be uint8"),
        ("test_images", np.zeros((355, 28, 27, 1), np.uint8), "must be uint8"),
        ("test_images", np.zeros((355, 28, 28, 3), np.uint8), "must be uint8"),
        ("test_images", np.zeros(355, np.uint8), "must be uint8"),
        ("test_images", np.zeros((354, 28, 28, 1), np.uint8), "has not the labels"),
        ("test_labels", np.zeros(355, np.int64), "has not the labels"),
        ("test_labels", np.zeros((2, 355), np.int64), "has not the labels"),
        ("test_labels", np.array([{}]), "no array that can be read"),
    ],
)
def test_a_wrong_file_is_refused_in_a_line(
    name: str, array: np.ndarray, said: str, arrays: Arrays, digits: Dataset, tmp_path: Path
) -> None:
    for corruption in ("fog", "stripe"):
        write(tmp_path / "data" / "mnist_c" / corruption, arrays | {name: array})
    with pytest.raises(DatasetError, match=said) as raised:
        load(tmp_path / "data", digits, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_cut_off_or_no_array(
    arrays: Arrays, digits: Dataset, tmp_path: Path
) -> None:
    file = write(tmp_path / "data" / "mnist_c" / "stripe", arrays) / "test_images.npy"
    for content in (file.read_bytes()[:-1], b"", b"\x93NUMPY\x01\x00\xff\xff{", b"GIF89a"):
        file.write_bytes(content)
        with pytest.raises(DatasetError, match="no array that can be read"):
            load(tmp_path / "data", digits, tmp_path)


def test_another_data_set_has_other_labels(arrays: Arrays, digits: Dataset, tmp_path: Path) -> None:
    for corruption in ("fog", "stripe"):
        write(tmp_path / "data" / "mnist_c" / corruption, arrays)
    other = replace(digits, test=digits.test.part(np.arange(355)[::-1]))
    with pytest.raises(DatasetError, match="MNIST-C is made of all 10,000 of mnist"):
        load(tmp_path / "data", other, tmp_path)
