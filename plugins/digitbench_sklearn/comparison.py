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


def nearest_pairs(
    query: Indices, index: Indices, distance: NDArray[np.int64], count: int, k: int
) -> tuple[Indices, NDArray[np.int64]]:
    """Pick the k nearest of each of `count` queries, ties going to the lower index.

    One number has all three of a pair, so that a plain sort of numbers puts pairs in order.

    Args:
        query: the query of each pair, `(pairs,)`; at least k pairs for each, none twice.
        index: the other image of each pair.
        distance: their squared distance.
        count: how many queries there are, at most 512.
        k: how many to pick.

    Returns:
        Indices and distances, nearest first, `(count, k)`.
    """
    keys = np.sort((query << DISTANCE_BITS | distance) << INDEX_BITS | index)
    starts = np.searchsorted(keys, np.arange(count) << (DISTANCE_BITS + INDEX_BITS))
    chosen = keys[starts[:, None] + np.arange(k)]
    return chosen & (2**INDEX_BITS - 1), (chosen >> INDEX_BITS) & (2**DISTANCE_BITS - 1)
