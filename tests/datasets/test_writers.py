"""Who wrote MNIST's images: the file that comes with digitbench, and where it is from."""

import hashlib
import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets import make_writers
from digitbench.datasets.load import load_dataset
from digitbench.datasets.plugin import digitbench_datasets
from digitbench.datasets.published import FASHION_MNIST, MNIST
from digitbench.datasets.writers import WRITERS_FILE, known_groups
from digitbench.errors import DatasetError, UsageError
from digitbench.types import DataContext, Groups

SHA256 = "462e209f24c0598702a6a86e31c7d8cecaf917b1c34eab306211148228969203"
LABEL_FILES = ("qmnist-train-labels-idx2-int.gz", "qmnist-test-labels-idx2-int.gz")
NAMED_DIRECTORY = os.environ.get("QMNIST_DIR")
"""Where QMNIST's label files are; looked up before the environment is cleared."""


@pytest.fixture
def label_files() -> list[Path]:
    if not NAMED_DIRECTORY:
        pytest.skip("QMNIST_DIR is not set")
    return [Path(NAMED_DIRECTORY, name) for name in LABEL_FILES]


def mnist_groups() -> tuple[Groups, Groups]:
    groups = known_groups(str(MNIST.fingerprint))
    assert groups is not None
    return groups


def test_the_file_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(WRITERS_FILE.read_bytes()).hexdigest() == SHA256


def test_mnist_has_the_writers_that_qmnist_traced() -> None:
    train, test = mnist_groups()
    assert (len(train), train.count, len(test), test.count) == (60_000, 539, 10_000, 297)
    assert not np.isin(train.numbers, test.numbers).any()
    for groups in (train, test):
        assert (groups.name, groups.stratum_names) == ("writer", ("hsf 0", "hsf 4"))
    assert train.stratum_counts.tolist() == [289, 250]
    assert np.bincount(train.strata).tolist() == [30_950, 29_050]
    assert test.stratum_counts.tolist() == [48, 249]
    assert np.bincount(test.strata).tolist() == [4_999, 5_001]
    assert train.numbers[:3].tolist() == [2154, 0, 2232]
    assert test.numbers[:3].tolist() == [2578, 2359, 2530]


@pytest.mark.parametrize("fingerprint", ["0" * 64, "", str(FASHION_MNIST.fingerprint)])
def test_other_images_have_no_known_writers(fingerprint: str) -> None:
    assert known_groups(fingerprint) is None


@pytest.mark.parametrize("name", ["mnist", "idx"])
def test_the_published_images_get_them_whatever_they_are_called(
    name: str, mnist_dir: Path, tmp_path: Path
) -> None:
    (spec,) = (spec for spec in digitbench_datasets() if spec.name == name)
    for _ in range(2):  # read from the files, then from the cache
        loaded = load_dataset(spec, DataContext(tmp_path, mnist_dir, offline=True))
        for split, groups in zip(
            (loaded.dataset.train, loaded.dataset.test), mnist_groups(), strict=True
        ):
            assert split.groups is groups


def test_the_bundled_digits_have_no_known_writers(tmp_path: Path) -> None:
    (spec,) = (spec for spec in digitbench_datasets() if spec.name == "digits")
    dataset = load_dataset(spec, DataContext(tmp_path, offline=True)).dataset
    assert dataset.train.groups is None
    assert dataset.test.groups is None


def test_the_file_can_be_made_again(
    label_files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "writers.npz"
    make_writers.main([*map(str, label_files), str(target)])
    assert str(target) in capsys.readouterr().out
    with np.load(target) as made, WRITERS_FILE.open("rb") as file, np.load(file) as kept:
        assert set(made) == set(kept)
        for name in kept:
            assert made[name].dtype == kept[name].dtype
            np.testing.assert_array_equal(made[name], kept[name])


def test_other_label_files_are_refused(tmp_path: Path) -> None:
    for name in LABEL_FILES:
        (tmp_path / name).write_bytes(b"something else")
    target = tmp_path / "writers.npz"
    with pytest.raises(DatasetError, match="not the published file of QMNIST"):
        make_writers.main([*(str(tmp_path / name) for name in LABEL_FILES), str(target)])
    with pytest.raises(DatasetError, match="cannot read"):
        make_writers.main(["absent", "absent", str(target)])
    with pytest.raises(UsageError, match="TRAIN TEST"):
        make_writers.main([])
    assert not target.exists()


def test_the_licence_of_qmnist_lies_beside_it() -> None:
    folder = files("digitbench.datasets") / "mnist_writers"
    assert "Facebook, Inc. and its affiliates" in folder.joinpath("LICENSE").read_text()
    assert "github.com/facebookresearch/qmnist" in folder.joinpath("README.md").read_text()
