"""Comparisons in integers: exact to one grey level, ties to the lower index."""

import numpy as np

from digitbench_sklearn.comparison import PAIRS, nearest_pairs, squared_distances


def test_distances_are_whole_numbers_without_rounding() -> None:
    random = np.random.default_rng(0)
    queries, others = (random.integers(0, 256, (9, 784)).astype(np.uint8) for _ in range(2))
    others[0], queries[0] = 255, 0
    others[1], others[1, 5] = 255, 254
    query, index = random.integers(0, 9, (2, 2 * PAIRS + 3))
    query[:2], index[:2] = 0, [0, 1]
    apart = others[index].astype(np.int64) - queries[query]
    found = squared_distances(queries, query, others, index)
    np.testing.assert_array_equal(found, np.sum(apart**2, axis=1))
    np.testing.assert_array_equal(found[:2], 784 * 255**2 - np.array([0, 509]))


def test_the_nearest_come_first_and_of_ties_the_lower_index() -> None:
    far = 784 * 255**2
    query = np.array([255, 0, 0, 255, 0, 255, 0])
    index = np.array([2**28 - 1, 8, 5, 4, 6, 3, 7])
    distance = np.array([far, 0, 10, far, 10, far, 11])
    indices, distances = nearest_pairs(query, index, distance, 256, 0)
    assert indices.shape == distances.shape == (256, 0)
    kept = query == 0
    indices, distances = nearest_pairs(query[kept], index[kept], distance[kept], 1, 3)
    np.testing.assert_array_equal((indices, distances), ([[8, 5, 6]], [[0, 10, 10]]))
    query = np.where(kept, 0, 1)
    indices, distances = nearest_pairs(query, index, distance, 2, 3)
    np.testing.assert_array_equal(indices, [[8, 5, 6], [3, 4, 2**28 - 1]])
    np.testing.assert_array_equal(distances, [[0, 10, 10], [far] * 3])
