"""Exact search for the nearest images: a cheap bound prunes, integers decide.

Pixels are integers, so squared distances are integers too and can be had without any rounding.
Taking them all costs 784 multiplications a pair, though, and for nearly every pair a tenth of
that shows that the images are too far apart. The images are projected on the leading principal
components of the training images, and what the projection leaves out is kept as one number,
its length. By the triangle inequality the distance of two such short vectors is never more than
that of the images, so a training image whose short vector is too far away is out. The few that
remain are compared pixel by pixel, in integers.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from threadpoolctl import ThreadpoolController

from digitbench import Images

COMPONENTS = 96
SAMPLE = 10_000
QUERIES = 128
"""Images looked up at once by a thread."""

GROUP = 64
"""Training images whose least bound is looked at first, at most."""

PAIRS = 256
"""Pairs compared pixel by pixel at once: their pixels then stay in the processor's cache."""

TILE = 1000
WORTHWHILE = 1 / 16
"""With a greater share of the pairs left, it is cheaper to compare all by a product."""

ROUNDING = 2.0**-24
FAR = np.float32(3e38)

Pixels = NDArray[np.uint8]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]
"""Positions of the queries, indices of the training images, and their squared distances."""


class ExactSearch:
    """The k nearest of the training images, ties going to the lower index."""

    def __init__(self, images: Images, k: int, threads: int) -> None:
        """Project the training images.

        Args:
            images: the training images, uint8 `(n, 28, 28)`, at least `k`.
            k: how many neighbours will be asked for.
            threads: CPU threads to use.
        """
        self._k = k
        self._threads = threads
        self._libraries = (
            ThreadpoolController()
        )  # to find them takes as long as to look an image up
        self._pixels = images.reshape(len(images), -1)
        self._pixel_count = self._pixels.shape[1]
        with self._libraries.limit(limits=1):
            self._mean, self._basis = _principal_components(self._pixels)
        short = self._project_all()
        squares = np.einsum("ij,ij->i", short, short)
        self._longest = float(np.sqrt(squares.max()))
        # Group j holds the images j, j + groups, j + 2 groups ... and needs at least k others.
        members = max(1, min(GROUP, len(images) // (4 * k)))
        self._groups = -(-len(images) // members)
        rows = np.zeros((members * self._groups, short.shape[1] + 1), np.float32)
        rows[: len(images), :-1] = -2 * short
        rows[:, -1] = FAR
        rows[: len(images), -1] = squares
        self._rows = rows.reshape(members, self._groups, -1)

    def nearest(self, images: Images) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Find the neighbours of each image, nearest first.

        Args:
            images: uint8 `(n, 28, 28)`.

        Returns:
            Indices of training images, `(n, k)`, and squared distances in units of one grey
            level, int64 `(n, k)`.
        """
        queries = images.reshape(len(images), self._pixel_count)
        indices = np.empty((len(queries), self._k), np.intp)
        distances = np.empty((len(queries), self._k), np.int64)

        def look_up(starts: range) -> None:
            space = np.empty(self._rows[..., 0].size * QUERIES, np.float32)
            for start in starts:
                block = slice(start, start + QUERIES)
                indices[block], distances[block] = self._nearest_of_block(queries[block], space)

        shares = [
            range(worker * QUERIES, len(queries), self._threads * QUERIES)
            for worker in range(self._threads)
        ]
        with self._libraries.limit(limits=1), ThreadPoolExecutor(self._threads) as executor:
            list(executor.map(look_up, shares))
        return indices, distances

    def _project_all(self) -> NDArray[np.float64]:
        """Project the training images, with all threads."""
        starts = range(0, len(self._pixels), TILE)
        with self._libraries.limit(limits=1), ThreadPoolExecutor(self._threads) as executor:
            parts = executor.map(
                lambda start: self._project(self._pixels[start : start + TILE]), starts
            )
            return np.concatenate(list(parts))

    def _project(self, pixels: Pixels) -> NDArray[np.float64]:
        """Shorten images to float64 `(n, components + 1)`, keeping their distance to the mean."""
        short = np.empty((len(pixels), self._basis.shape[1] + 1))
        for start in range(0, len(pixels), TILE):
            part = slice(start, start + TILE)
            centred = pixels[part] - self._mean
            along = centred @ self._basis
            beside = np.einsum("ij,ij->i", centred, centred) - np.einsum("ij,ij->i", along, along)
            short[part, :-1] = along
            short[part, -1] = np.sqrt(np.maximum(beside, 0))
        return short

    def _nearest_of_block(
        self, queries: Pixels, space: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        short = self._project(queries)
        bounds, least = self._bounds(short, space)
        reach = self._reach(queries, short, bounds, least)
        query, group = np.nonzero(least <= reach[:, None])
        near = bounds[:, group, query] <= reach[query]
        if np.count_nonzero(near) > WORTHWHILE * len(queries) * len(self._pixels):
            return self._first(len(queries), self._compare_all(queries))
        member, found = np.nonzero(near)
        query, index = query[found], member * self._groups + group[found]
        distance = _squared_distances(queries, query, self._pixels, index)
        return self._first(len(queries), (query, index, distance))

    def _bounds(
        self, short: NDArray[np.float64], space: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Bound the squared distances from below, each less the query's own square.

        Args:
            short: the projected queries, float64 `(q, components + 1)`.
            space: where to put the bounds; new memory for each block would cost more than they.

        Returns:
            float32 `(members, groups, q)` for all training images, and the least of each group
            for each query, float32 `(q, groups)`.
        """
        columns = np.ones((short.shape[1] + 1, len(short)), np.float32)
        columns[:-1] = short.T
        shape = (*self._rows.shape[:2], len(short))
        bounds = space[: np.prod(shape)].reshape(shape)
        least = np.full(shape[1:], FAR)
        for rows, bound in zip(self._rows, bounds, strict=True):
            np.dot(rows, columns, out=bound)
            np.minimum(least, bound, out=least)
        return bounds, np.ascontiguousarray(least.T)

    def _reach(
        self,
        queries: Pixels,
        short: NDArray[np.float64],
        bounds: NDArray[np.float32],
        least: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Find which bound no neighbour of a query exceeds, float32 `(q,)`.

        The distances to any k training images have the k-th smallest as an upper limit; a few
        more, taken from the groups with the least bounds, make it a close one. Added to it is
        what rounding can amount to. Let `S` be the query's length plus that of the longest
        training image, and `m` the terms of a product. The terms add up to no more than `S^2`,
        so that summing them in any order in float32 errs by at most `m 2^-24 S^2` (Higham,
        "Accuracy and Stability of Numerical Algorithms", section 3.1), to first order. Rounding
        the factors, the squares and the sum below to float32 adds less than `8 2^-24 S^2`; the
        whole is doubled.
        """
        seeds = min(self._groups, 2 * self._k + 2)
        group = np.argpartition(least, seeds - 1, axis=1)[:, :seeds].ravel()
        query = np.repeat(np.arange(len(queries)), seeds)
        member = bounds[:, group, query].argmin(axis=0)
        index = member * self._groups + group
        distance = _squared_distances(queries, query, self._pixels, index)
        limit = np.partition(distance.reshape(-1, seeds), self._k - 1, axis=1)[:, self._k - 1]
        squares = np.sum(short**2, axis=1)
        terms = self._rows.shape[2]
        margin = 2 * (terms + 8) * ROUNDING * (np.sqrt(squares) + self._longest) ** 2
        reach: NDArray[np.float32] = (limit - squares + margin).astype(np.float32)
        return reach

    def _compare_all(self, queries: Pixels) -> Pairs:
        """Compare with every training image in float32; integers decide among the nearest.

        For queries so unlike the training images, such as those with noise, that the projection
        says little. Rounding is bounded as in `_reach`, for products of whole images.
        """
        own = queries.astype(np.float32)
        bounds = np.empty((len(queries), len(self._pixels)), np.float32)
        for start in range(0, len(self._pixels), TILE):
            part = slice(start, start + TILE)
            products = own @ self._pixels[part].astype(np.float32).T
            bounds[:, part] = self._squares[part] - 2 * products
        lengths = np.linalg.norm(own, axis=1) + np.sqrt(self._squares.max())
        margin = 2 * (self._pixel_count + 8) * ROUNDING * lengths**2
        limit = np.partition(bounds, self._k - 1, axis=1)[:, self._k - 1]
        query, index = np.nonzero(bounds <= (limit + 2 * margin)[:, None])
        return query, index, _squared_distances(queries, query, self._pixels, index)

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        """The squared length of each training image, float32 `(n,)`."""
        starts = range(0, len(self._pixels), TILE)
        tiles = (self._pixels[start : start + TILE].astype(np.float32) for start in starts)
        return np.concatenate([np.einsum("ij,ij->i", tile, tile) for tile in tiles])

    def _first(self, count: int, pairs: Pairs) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Pick the k nearest of each of `count` queries, ties going to the lower index."""
        query, index, distance = pairs
        order = np.lexsort((index, distance, query))
        starts = np.searchsorted(query[order], np.arange(count))
        chosen = order[starts[:, None] + np.arange(self._k)]
        return index[chosen], distance[chosen]


def _principal_components(pixels: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean `(784,)` and leading components `(784, components)` of some images.

    A sample serves: how well the components fit decides how much is pruned, not what is found. Call
    it with one thread: that is faster than two, and much faster where others work beside it.
    """
    sample = pixels[:: max(1, len(pixels) // SAMPLE)].astype(np.float32)
    mean = sample.mean(axis=0)
    sample -= mean
    last = sample.shape[1] - 1
    first = max(0, last - COMPONENTS + 1)
    scatter = (sample.T @ sample).astype(np.float64)
    basis = eigh(scatter, subset_by_index=(first, last))[1]
    return mean.astype(np.float64), basis


def _squared_distances(
    queries: Pixels, query: NDArray[np.intp], others: Pixels, index: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Compare pairs of images in integers: `queries[query]` with `others[index]`.

    Single precision does it exactly: a quarter of an image adds up to at most 196 * 255**2,
    less than 2**24, below which float32 knows every whole number.
    """
    distances = np.empty(len(query), np.int64)
    for start in range(0, len(query), PAIRS):
        part = slice(start, start + PAIRS)
        apart = others[index[part]].astype(np.float32) - queries[query[part]]
        quarters = apart.reshape(len(apart), 4, -1)
        distances[part] = np.einsum("pij,pij->pi", quarters, quarters).astype(np.int64).sum(axis=1)
    return distances
