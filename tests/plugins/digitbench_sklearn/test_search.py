"""The exact search: integers, ties by index, whatever the images and the numbers of them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from digitbench import DataContext, Images
from digitbench.datasets.plugin import digitbench_datasets
from digitbench_sklearn import search
from digitbench_sklearn.search import ExactSearch
from hard_images import KINDS, hard_images

Found = tuple[NDArray[np.intp], NDArray[np.int64]]


def reference(train: Images, queries: Images, k: int) -> Found:
    """Compare everything with everything in int64 and sort, ties staying in order."""
    others = train.reshape(len(train), -1).astype(np.int64)
    indices, distances = [], []
    for query in queries.reshape(len(queries), others.shape[1]).astype(np.int64):
        squares = np.sum((others - query) ** 2, axis=1)
        indices.append(np.argsort(squares, kind="stable")[:k])
        distances.append(squares[indices[-1]])
    shape = (len(queries), k)
    return np.reshape(indices, shape).astype(np.intp), np.reshape(distances, shape).astype(np.int64)


def assert_found(found: Found, expected: Found) -> None:
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_array_equal(found[0], expected[0])


@pytest.mark.parametrize("k", [1, 3, 40])
def test_digits_find_their_true_neighbours(digits: Any, k: int) -> None:
    train, queries = digits.train.images, digits.test.images[:140]
    assert_found(ExactSearch(train, k, 1).nearest(queries), reference(train, queries, k))


@settings(max_examples=25, deadline=None)
@given(st.data(), KINDS, KINDS, st.integers(1, 200), st.integers(0, 2**32))
def test_any_images_find_their_true_neighbours(
    data: st.DataObject, kind: str, asked: str, count: int, seed: int
) -> None:
    k = data.draw(st.integers(1, min(count, 20)))
    random = np.random.default_rng(seed)
    train, queries = hard_images(random, kind, count), hard_images(random, asked, 7)
    assert_found(ExactSearch(train, k, 1).nearest(queries), reference(train, queries, k))


WAYS = {
    "pixels": {"UNLIKE": -1.0},
    "products of every level": {"DENSE": -1.0},
    "pairs of every level": {"DENSE": 2.0, "DEEP": -1.0},
    "products, then pixels": {"DENSE": -1.0, "PIXELWISE": -1.0},
}


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_find_the_same(digits: Any, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    in_many_tiles = {"BOUNDS": 40 * 100, "MANY_PAIRS": 300}
    ways = in_many_tiles | {"UNLIKE": 2.0, "PIXELWISE": 2.0, "MANY": 0} | WAYS[way]
    for name, value in ways.items():
        monkeypatch.setattr(search, name, value)
    train, queries = digits.train.images, digits.test.images[:40]
    assert_found(ExactSearch(train, 5, 1).nearest(queries), reference(train, queries, 5))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How pairs were compared, tile by tile."""
    asked: list[str] = []

    def watched(name: str) -> None:
        original = getattr(ExactSearch, name)

        def watching(self: ExactSearch, *arguments: Any) -> Any:
            asked.append(name)
            return original(self, *arguments)

        monkeypatch.setattr(ExactSearch, name, watching)

    watched("_near_by_bounds")
    watched("_near_by_pixels")
    return asked


def test_digits_are_pruned_and_noise_is_compared_by_pixels(digits: Any, asked: list[str]) -> None:
    ExactSearch(digits.train.images, 3, 1).nearest(digits.test.images)
    assert set(asked) == {"_near_by_bounds"}
    asked.clear()
    noise = hard_images(np.random.default_rng(0), "noise", 1000)
    ExactSearch(noise[:-20], 3, 1).nearest(noise[-20:])
    assert "_near_by_pixels" in asked


def test_ties_go_to_the_lower_index() -> None:
    train = np.zeros((50, 28, 28), np.uint8)
    train[10:, 3, 4] = 9
    indices, distances = ExactSearch(train, 12, 1).nearest(train[:1])
    np.testing.assert_array_equal(indices, [[*range(12)]])
    np.testing.assert_array_equal(distances, [[0] * 10 + [81] * 2])


def test_a_difference_of_one_grey_level_decides() -> None:
    train = np.full((3, 28, 28), 255, np.uint8)
    train[0, 0, :2] = 254
    train[2, 0, 0] = 254
    indices, distances = ExactSearch(train, 3, 1).nearest(np.zeros((1, 28, 28), np.uint8))
    np.testing.assert_array_equal(indices, [[0, 2, 1]])
    np.testing.assert_array_equal(distances[0], 784 * 255**2 - np.array([2, 1, 0]) * 509)


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing(digits: Any) -> None:
    one, three = (
        ExactSearch(digits.train.images, 4, threads).nearest(digits.test.images)
        for threads in (1, 3)
    )
    assert_found(one, three)


def test_nothing_asked_finds_nothing(digits: Any) -> None:
    indices, distances = ExactSearch(digits.train.images, 2, 1).nearest(digits.test.images[:0])
    assert indices.shape == distances.shape == (0, 2)


@pytest.mark.mnist
def test_mnist_is_classified_as_by_scikit_learn_and_by_integers(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    (spec,) = (spec for spec in digitbench_datasets() if spec.name == "mnist")
    named = os.environ.get("DIGITBENCH_DATA_DIR")
    data = spec.load(DataContext(tmp_path, Path(named) if named else None, offline=True))
    ours = make("knn")
    ours.fit(data.train, None)
    queries = data.test.images[:3000]
    flat = data.train.images.reshape(-1, 784) / np.float32(255)
    theirs = KNeighborsClassifier(3, algorithm="brute").fit(flat, data.train.labels)
    np.testing.assert_array_equal(
        ours.predict(queries), theirs.predict(queries.reshape(-1, 784) / np.float32(255))
    )
    some = queries[::50]
    assert_found(
        ExactSearch(data.train.images, 3, 2).nearest(some), reference(data.train.images, some, 3)
    )
