"""Squared distances of images in integers: whole numbers, without any rounding."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
Indices: TypeAlias = NDArray[np.intp]

PAIRS = 256
"""Pairs compared at once: their pixels then stay in the processor's cache."""

DISTANCE_BITS = 26
"""Enough for 784 pixels that differ by 255 grey levels."""

INDEX_BITS = 28


def squared_distances(
    queries: Pixels, query: Indices, others: Pixels, index: Indices
) -> NDArray[np.int64]:
    """Compare pairs of images: `queries[query]` with `others[index]`.

    Single precision does it exactly: a quarter of an image adds up to at most 196 * 255**2,
    less than 2**24, below which float32 knows every whole number.

    Args:
        queries: uint8 `(q, 784)`.
        query: which of them each pair has, `(pairs,)`.
        others: uint8 `(n, 784)`.
        index: which of these each pair has, `(pairs,)`.

    Returns:
        `(pairs,)`, in units of one grey level.
    """
    distances = np.empty(len(query), np.int64)
    for start in range(0, len(query), PAIRS):
        part = slice(start, start + PAIRS)
        ours, theirs = queries.take(query[part], axis=0), others.take(index[part], axis=0)
        apart = np.maximum(ours, theirs) - np.minimum(ours, theirs)
        quarters = apart.astype(np.float32).reshape(len(apart), 4, -1)
        distances[part] = np.vecdot(quarters, quarters).astype(np.int64).sum(axis=1)
    return distances


def pair_keys(query: Indices, index: Indices, distance: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make one number of each pair, so that a plain sort of numbers puts pairs in order.

    Args:
        query: the query of each pair, `(pairs,)`, less than 512.
        index: the other image of each pair.
        distance: their squared distance.
    """
    keys: NDArray[np.int64] = (query << DISTANCE_BITS | distance) << INDEX_BITS | index
    return keys


def nearest_keys(keys: NDArray[np.int64], count: int, k: int) -> NDArray[np.int64]:
    """Pick the k nearest of each of `count` queries, ties going to the lower index.

    Args:
        keys: made by `pair_keys`, some maybe twice; at least k different ones for each query.
        count: how many queries there are.
        k: how many to pick.

    Returns:
        The keys, nearest first, `(count, k)`.
    """
    keys = np.unique(keys)
    starts = np.searchsorted(keys, np.arange(count) << (DISTANCE_BITS + INDEX_BITS))
    nearest: NDArray[np.int64] = keys[starts[:, None] + np.arange(k)]
    return nearest


def in_keys(keys: NDArray[np.int64]) -> tuple[Indices, NDArray[np.int64]]:
    """Return the indices and the squared distances that are in keys."""
    return keys & (2**INDEX_BITS - 1), (keys >> INDEX_BITS) & (2**DISTANCE_BITS - 1)
