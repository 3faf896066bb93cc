"""Bounds: never above what they bound by more than rounding can amount to, closer at each level."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbench_sklearn import bounds as bounds_module
from digitbench_sklearn.bounds import LEVELS, Bounds, Queries
from digitbench_sklearn.comparison import Pixels
from digitbench_sklearn.workers import Workers
from hard_images import KINDS, hard_images


def squares(pixels: Pixels, others: Pixels) -> NDArray[np.float64]:
    """Square the distances in whole numbers, `(others, pixels)`."""
    apart = others[:, None].astype(np.int64) - pixels
    distances: NDArray[np.int64] = np.sum(apart**2, axis=2)
    return distances.astype(np.float64)


def levels(bounds: Bounds, queries: Queries) -> list[NDArray[np.float64]]:
    """Return the bounds of all pairs at each level, with the square of the query's length."""
    sums = np.cumsum(
        [bounds.of_all(queries, slice(None), level) for level in range(LEVELS)], axis=0
    )
    return [level + queries.lengths**2 for level in sums.astype(np.float64)]


@settings(max_examples=8, deadline=None)
@given(KINDS, KINDS, st.integers(1, 60), st.integers(0, 2**32))
def test_bounds_of_any_images_are_bounds(kind: str, asked: str, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    train, pixels = (
        hard_images(random, name, size).reshape(size, -1)
        for name, size in ((kind, count), (asked, 5))
    )
    bounds = Bounds(train, 1, Workers(1))
    queries = bounds.queries(pixels)
    margin = bounds.margin(queries.lengths)
    found = levels(bounds, queries)
    for level in found:
        assert np.all(level <= squares(pixels, train[bounds.cells.order]) + margin)
    for farther, closer in pairwise(found):
        assert np.all(farther <= closer + margin)


def test_bounds_of_digits_are_close_and_grow_closer(digits: Any) -> None:
    train, pixels = (
        images.reshape(len(images), -1)
        for images in (digits.train.images[:300], digits.test.images[:20])
    )
    bounds = Bounds(train, 1, Workers(1))
    true = squares(pixels, train[bounds.cells.order])
    shares = [float(np.median(level / true)) for level in levels(bounds, bounds.queries(pixels))]
    assert shares == sorted(shares)
    assert 0.8 < shares[0] <= shares[-1] < 1.001


def test_pairs_have_the_bounds_of_all(digits: Any) -> None:
    train, pixels = (
        images.reshape(len(images), -1)
        for images in (digits.train.images[:300], digits.test.images[:20])
    )
    bounds = Bounds(train, 1, Workers(1))
    queries = bounds.queries(pixels).block(np.arange(3, 20))
    query, place = np.array([0, 16, 16]), np.array([299, 0, 7])
    for level in range(LEVELS):
        np.testing.assert_allclose(
            bounds.of_pairs(queries, query, place, level),
            bounds.of_all(queries, slice(None), level)[place, query],
            rtol=1e-4,
            atol=1,
        )


def test_what_is_within_reach_is_not_beyond_it(
    digits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds_module, "CACHED", 70)
    train = digits.train.images[:300].reshape(300, -1)
    bounds = Bounds(train, 1, Workers(1))
    queries = bounds.queries(digits.test.images[:20].reshape(20, -1))
    reach = np.linspace(-1e6, 1e6, 20).astype(np.float32)
    found, near = bounds.within(queries, slice(100, 203), reach)
    np.testing.assert_allclose(found, bounds.of_all(queries, slice(100, 203), 0), rtol=1e-4, atol=1)
    np.testing.assert_array_equal(near, found <= reach)


def test_the_deepest_level_is_taken_when_asked_for(digits: Any) -> None:
    train = digits.train.images[:50].reshape(50, -1)
    bounds = Bounds(train, 1, Workers(2))
    assert len(bounds._levels) == LEVELS - 1
    assert bounds.rows(LEVELS - 1) is bounds.rows(LEVELS - 1)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_queries_are_projected_whatever_their_number(digits: Any, count: int) -> None:
    bounds = Bounds(digits.train.images[:50].reshape(50, -1), 1, Workers(2))
    queries = bounds.queries(digits.test.images[:count].reshape(count, 784))
    assert len(queries) == len(queries.lengths) == len(queries.vectors(1)) == count
