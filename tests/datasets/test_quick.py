"""The small part of a data set that a smoke run takes."""

from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.bundled import DigitsLoader
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import LoadedDataset
from digitbench.datasets.quick import quick_part
from digitbench.types import DataContext, Dataset, Split


def _sorted(size: int) -> Split:
    """Make images that are sorted by their labels and all differ."""
    labels = (np.arange(size) * 10 // size).astype(np.uint8)
    images = np.zeros((size, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(size) % 256, np.arange(size) // 256
    return Split(images, labels)


def _loaded(train_size: int, test_size: int) -> LoadedDataset:
    train, test = _sorted(train_size), _sorted(test_size)
    dataset = Dataset("sorted", train, test, "made for tests")
    return LoadedDataset(dataset, fingerprint(train, test), canonical=True)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((6000, 1000), (1000, 250)),
        ((1001, 251), (1000, 250)),
        ((1000, 250), (500, 125)),
        ((30, 10), (15, 5)),
        ((1, 1), (1, 1)),
    ],
)
def test_how_many_images_there_are(sizes: tuple[int, int], expected: tuple[int, int]) -> None:
    part = quick_part(_loaded(*sizes))
    assert (len(part.dataset.train), len(part.dataset.test)) == expected
    assert part.canonical is False


def test_all_classes_of_a_sorted_set_are_there_alike() -> None:
    part = quick_part(_loaded(6000, 1000)).dataset
    assert np.bincount(part.train.labels).tolist() == [100] * 10
    assert np.bincount(part.test.labels).tolist() == [25] * 10


def test_it_is_always_the_same_and_never_the_whole() -> None:
    for sizes in ((6000, 1000), (30, 10)):
        loaded = _loaded(*sizes)
        part = quick_part(loaded)
        assert part.fingerprint == quick_part(loaded).fingerprint != loaded.fingerprint
        assert part.fingerprint == fingerprint(part.dataset.train, part.dataset.test)


def test_of_a_cached_data_set_the_fingerprint_is_that_of_the_part(tmp_path: Path) -> None:
    dataset = DigitsLoader("digits")(DataContext(tmp_path))
    whole = LoadedDataset(dataset, fingerprint(dataset.train, dataset.test), canonical=True)
    part = quick_part(whole)
    assert not hasattr(part.dataset, "fingerprint")
    assert part.dataset.name == "digits"
    assert len(part.dataset.train) == 1000
