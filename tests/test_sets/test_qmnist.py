"""`qmnist` and `fresh`: which images of QMNIST they have, with which writers."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.datasets.idx import read_labels, read_rows
from digitbench.datasets.published import MNIST, QMNIST
from digitbench.datasets.writers import known_groups
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets import qmnist
from digitbench.test_sets.qmnist import load_fresh, load_qmnist
from digitbench.types import Dataset, Images, TestCondition, TestSet, TestSetContext
from idx_files import idx_bytes, label_rows

IMAGES, LABELS = (file.name.removesuffix(".gz") for file in QMNIST.test_files)
QMNIST_DIR = os.environ.get("QMNIST_DIR")
"""Where QMNIST's real label files are."""

Load = Callable[[TestSetContext, Dataset], TestSet]


def numbered_images(count: int) -> Images:
    """Return images that tell by their first pixels which they are."""
    images = np.zeros((count, 28, 28), np.uint8)
    places = np.arange(count)
    images[:, 0, 0], images[:, 0, 1] = places // 256, places % 256
    return images


def places_of(condition: TestCondition) -> list[int]:
    """Return which images a condition has."""
    assert condition.images is not None
    first, second = condition.images[:, 0, 0], condition.images[:, 0, 1]
    return [int(place) for place in first.astype(int) * 256 + second]


def rows_after_mnist(added: list[tuple[int, int, int]]) -> NDArray[np.int32]:
    """Return rows after 10,000 by MNIST's test writers; added are label, series and writer."""
    groups = known_groups(MNIST.fingerprint or "")
    assert groups is not None
    _, writers = groups
    series = np.array([0, 4], np.int32)[writers.strata]
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    first = label_rows(labels, series, writers.numbers)
    more = np.array(added, np.int32)
    return np.concatenate([first, label_rows(more[:, 0].astype(np.uint8), more[:, 1], more[:, 2])])


# MNIST's test images are by the writers 2578 and 2359, its training images by 2154; 520 and 521 are
# new.
ADDED = [(3, 4, 2578), (1, 1, 520), (4, 4, 2154), (1, 1, 521), (5, 4, 2359), (9, 1, 520)]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory with six images after the first 10,000."""
    monkeypatch.setattr(qmnist, "QMNIST", replace(QMNIST, test_size=10_000 + len(ADDED)))
    rows = rows_after_mnist(ADDED)
    directory = tmp_path / "qmnist"
    directory.mkdir()
    (directory / IMAGES).write_bytes(idx_bytes(numbered_images(len(rows))))
    (directory / LABELS).write_bytes(idx_bytes(rows))
    return directory


@pytest.fixture
def named(context: TestSetContext, tmp_path: Path) -> TestSetContext:
    return replace(context, data=replace(context.data, data_dir=tmp_path))


def only_condition(load: Load, context: TestSetContext, dataset: Dataset) -> TestCondition:
    (condition,) = load(context, dataset).conditions
    return condition


def test_qmnist_has_what_mnist_has_not(
    stand_in: Path, named: TestSetContext, dataset: Dataset
) -> None:
    found = only_condition(load_qmnist, named, dataset)
    assert places_of(found) == list(range(10_000, 10_006))
    assert found.labels.tolist() == [3, 1, 4, 1, 5, 9]
    assert found.groups is not None
    assert found.groups.numbers.tolist() == [2578, 520, 2154, 521, 2359, 520]
    assert [found.groups.stratum_names[place] for place in found.groups.strata] == [
        *("hsf 4", "hsf 1", "hsf 4", "hsf 1", "hsf 4", "hsf 1")
    ]
    assert found.positions is None


def test_fresh_has_no_writer_of_mnist(
    stand_in: Path, named: TestSetContext, dataset: Dataset
) -> None:
    found = only_condition(load_fresh, named, dataset)
    assert places_of(found) == [10_001, 10_003, 10_005]
    assert found.labels.tolist() == [1, 1, 9]
    assert found.groups is not None
    assert found.groups.numbers.tolist() == [520, 521, 520]


def test_without_writers_qmnist_is_whole_and_fresh_is_not_known(
    stand_in: Path, named: TestSetContext, dataset: Dataset
) -> None:
    labels = read_rows(stand_in / LABELS)[:, 0].astype(np.uint8)
    (stand_in / LABELS).unlink()
    (stand_in / "qmnist-test-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    found = only_condition(load_qmnist, named, dataset)
    assert (len(found), found.groups) == (6, None)
    with pytest.raises(DatasetError, match=r"not known; put qmnist-test-labels-idx2-int.gz beside"):
        load_fresh(named, dataset)


@pytest.mark.parametrize("load", [load_qmnist, load_fresh])
def test_images_in_another_order_are_refused(
    stand_in: Path, named: TestSetContext, dataset: Dataset, load: Load
) -> None:
    rows = rows_after_mnist(ADDED)
    (stand_in / LABELS).write_bytes(idx_bytes(rows[::-1].copy()))
    with pytest.raises(DatasetError, match="are not by the writers of mnist's"):
        load(named, dataset)


@pytest.mark.parametrize("load", [load_qmnist, load_fresh])
def test_offline_it_is_unavailable(context: TestSetContext, dataset: Dataset, load: Load) -> None:
    with pytest.raises(DatasetUnavailableError, match="qmnist is not on this machine"):
        load(context, dataset)


@pytest.fixture
def real_rows() -> NDArray[np.int32]:
    if not QMNIST_DIR:
        pytest.skip("QMNIST_DIR is not set")
    return read_rows(Path(QMNIST_DIR, QMNIST.files[3].name))


@pytest.mark.mnist
def test_the_real_writers_are_as_published(
    real_rows: NDArray[np.int32], named: TestSetContext, dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / IMAGES).write_bytes(idx_bytes(numbered_images(len(real_rows))))
    (tmp_path / f"{LABELS}.gz").write_bytes(gzip.compress(idx_bytes(real_rows), 1))
    whole = only_condition(load_qmnist, named, dataset)
    assert whole.groups is not None
    assert (len(whole), whole.groups.count) == (50_000, 488)
    assert np.bincount(whole.groups.strata).tolist() == [13_450, 11_956, 24_594]
    fresh = only_condition(load_fresh, named, dataset)
    assert fresh.groups is not None
    assert (len(fresh), fresh.groups.count) == (25_418, 238)
    assert fresh.groups.stratum_names == ("hsf 0", "hsf 1", "hsf 4")
    assert fresh.groups.stratum_counts.tolist() == [126, 111, 1]
    assert np.bincount(fresh.groups.strata).tolist() == [13_343, 11_956, 119]


@pytest.mark.mnist
def test_the_real_labels_begin_with_those_of_mnist(
    real_rows: NDArray[np.int32], mnist_dir: Path
) -> None:
    labels = read_labels(mnist_dir / MNIST.files[3].name)
    assert real_rows[:10_000, 0].tolist() == labels.tolist()
