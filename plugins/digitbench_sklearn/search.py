"""Exact search for the nearest images: a cheap bound prunes, integers decide.

Pixels are integers, so squared distances are integers too and can be had without any rounding.
Taking them all costs 784 multiplications a pair, though, and for nearly every pair a sixteenth of
that shows that the images are too far apart: the bounds of `projection`. The training images are
gone through in stages, each as large as those before; the neighbours found so far say how near
those of the next stage have to be. The few pairs that no bound rules out are compared pixel by
pixel, in integers.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench import Images
from digitbench_sklearn.projection import CUTS, Pixels, Projection

QUERIES = 256
"""Images looked up at once by a thread."""

BOUNDS = 2**17
"""Bounds taken at once: they then stay in the processor's cache."""

FIRST = 16
"""The first stage has one of so many training images."""

GROUP = 16
"""Training images of which only the least bound is looked at for the first limit, at most."""

PAIRS = 256
"""Pairs compared pixel by pixel at once: their pixels then stay in the processor's cache."""

TILE = 1000

DENSE = 1 / 64
"""With a greater share of the pairs left, it is cheaper to take a level's product for all."""

DEEP = 1 / 1000
"""With a smaller share of the pairs left, the last level does not pay."""

MANY = 1024
"""With fewer images to look up, the last level is not made: that takes longer than the search."""

PIXELWISE = 1 / 40
"""With a greater share of the pairs left by all levels, it is cheaper to compare all pixels."""

UNLIKE = 0.6
"""With a greater share of the pairs left by the first level, the others are not tried."""

ROUNDING = 2.0**-24
DISTANCE_BITS = 26
INDEX_BITS = 29

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Positions of the queries, and indices of the training images."""


@dataclass
class Block:
    """Images looked up together.

    Attributes:
        pixels: uint8 `(q, 784)`.
        levels: how many levels they may use.
        lengths: what the levels taken so far leave out, float64 `(q,)`.
        own: the squares of their distances to the mean, float64 `(q,)`.
        margin: what rounding of the bounds can amount to, float64 `(q,)`.
        vectors: their projections, float32 `(q, components + 2)` for each level taken so far.
        reach: what no bound of a neighbour exceeds, less the query's own square, float32 `(q,)`.
        limit: what no squared distance of a neighbour exceeds, int64 `(q,)`.
        is_unlike: the bounds say so little of them that all pixels have to be compared.
    """

    pixels: Pixels
    levels: int
    lengths: NDArray[np.float64]
    own: NDArray[np.float64]
    margin: NDArray[np.float64]
    vectors: list[NDArray[np.float32]]
    reach: NDArray[np.float32]
    limit: NDArray[np.int64]
    is_unlike: bool = False


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
        with self._libraries.limit(limits=1):
            self._projection = Projection(self._pixels)
            parts = [self._projection.lengths(self._pixels[part]) for part in self._tiles()]
        self._left_out = np.concatenate(parts)
        self._longest = float(self._left_out.max())
        self._levels: list[NDArray[np.float32]] = []
        self._adding = Lock()
        for level in range(len(CUTS) - 1):
            self._level(level)
        first = min(len(images), max(len(images) // FIRST, 64 * k))
        self._stages = [0]
        while self._stages[-1] < len(images):
            self._stages.append(min(len(images), max(first, 2 * self._stages[-1])))

    def nearest(self, images: Images) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Find the neighbours of each image, nearest first.

        Args:
            images: uint8 `(n, 28, 28)`.

        Returns:
            Indices of training images, `(n, k)`, and squared distances in units of one grey
            level, int64 `(n, k)`.
        """
        queries = images.reshape(len(images), self._pixels.shape[1])
        levels = len(CUTS) if len(images) >= MANY else len(CUTS) - 1
        blocks = [queries[start : start + QUERIES] for start in range(0, len(queries), QUERIES)]
        with self._libraries.limit(limits=1), ThreadPoolExecutor(self._threads) as executor:
            found = list(executor.map(lambda block: self._nearest_of_block(block, levels), blocks))
        keys = np.concatenate([np.empty((0, self._k), np.int64), *found])
        return (keys & (2**INDEX_BITS - 1)).astype(np.intp), _distance(keys)

    def _tiles(self) -> Iterator[slice]:
        return (slice(start, start + TILE) for start in range(0, len(self._pixels), TILE))

    def _level(self, level: int) -> NDArray[np.float32]:
        """Return the training images' side of a level's products, `(n, components + 2)`."""
        with self._adding:
            if level == len(self._levels):
                self._add_level()
        return self._levels[level]

    def _add_level(self) -> None:
        level = len(self._levels)

        def project(part: slice) -> NDArray[np.float64]:
            return self._projection.vectors(self._pixels[part], level, self._left_out[part])

        with self._libraries.limit(limits=1), ThreadPoolExecutor(self._threads) as executor:
            vectors = np.concatenate(list(executor.map(project, self._tiles())))
        self._left_out = vectors[:, -2].copy()
        rows = -2 * vectors
        # Only level 0 starts from nothing: for it, the images' squares take the place of lengths.
        rows[:, -1] = vectors[:, -1] ** 2 if level == 0 else 2 * vectors[:, -1]
        self._levels.append(rows.astype(np.float32))

    def _nearest_of_block(self, queries: Pixels, levels: int) -> NDArray[np.int64]:
        block = self._block(queries, levels)
        self._set_limit(block, self._first_limit(block))
        best = np.empty(0, np.int64)
        for start, stop in zip(self._stages, self._stages[1:], strict=False):
            size = max(1, BOUNDS // len(queries))
            tiles = [range(at, min(at + size, stop)) for at in range(start, stop, size)]
            found = [self._near(block, tile) for tile in tiles]
            query, index = (np.concatenate(parts) for parts in zip(*found, strict=True))
            distance = _squared_distances(queries, query, self._pixels, index)
            keys = (query << DISTANCE_BITS | distance) << INDEX_BITS | index
            best = self._first(np.concatenate([best, keys]), len(queries))
            self._set_limit(block, _distance(best.reshape(len(queries), -1)[:, -1]))
        return best.reshape(len(queries), -1)

    def _block(self, queries: Pixels, levels: int) -> Block:
        """Prepare images for the search.

        Bounds are sums of products of two vectors' numbers, one for each level. Let `S` be the
        query's length plus that of the longest training image, and `m` the terms of all products.
        The terms of each add up to no more than `S^2`, so that summing them in any order in
        float32 errs by at most `m 2^-24 S^2` (Higham, "Accuracy and Stability of Numerical
        Algorithms", section 3.1), to first order. Rounding the factors, the squares and the sums
        to float32 adds less than `8 2^-24 S^2` for each level; the whole is doubled.
        """
        lengths = self._projection.lengths(queries)
        terms = CUTS[-1] + (2 + 8) * len(CUTS)
        nothing = np.empty(0)
        return Block(
            pixels=queries,
            levels=levels,
            lengths=lengths,
            own=lengths**2,
            margin=2 * terms * ROUNDING * (lengths + self._longest) ** 2,
            vectors=[],
            reach=nothing.astype(np.float32),
            limit=nothing.astype(np.int64),
        )

    def _set_limit(self, block: Block, limit: NDArray[np.int64]) -> None:
        block.limit = limit
        block.reach = (limit - block.own + block.margin).astype(np.float32)

    def _vectors(self, block: Block, level: int) -> NDArray[np.float32]:
        """Return the queries' side of a level's products, `(q, components + 2)`."""
        if level == len(block.vectors):
            vectors = self._projection.vectors(block.pixels, level, block.lengths)
            block.lengths = vectors[:, -2].copy()
            if level == 0:
                vectors[:, -1] = 1
            block.vectors.append(vectors.astype(np.float32))
        return block.vectors[level]

    def _first_limit(self, block: Block) -> NDArray[np.int64]:
        """Find squared distances that no neighbour exceeds, `(q,)`.

        The distances to any k training images have the k-th smallest as an upper limit; a few
        more, taken from the groups with the least bounds, make it a close one.
        """
        count, first = len(block.pixels), self._stages[1]
        members = max(1, min(GROUP, first // (4 * self._k)))
        groups = first // members
        rows = self._level(0)[: members * groups]
        bounds = (rows @ self._vectors(block, 0).T).reshape(members, groups, count)
        seeds = min(groups, 2 * self._k + 2)
        least = np.ascontiguousarray(bounds.min(axis=0).T)
        group = np.argpartition(least, seeds - 1, axis=1)[:, :seeds].ravel()
        query = np.repeat(np.arange(count), seeds)
        index = bounds[:, group, query].argmin(axis=0) * groups + group
        distance = _squared_distances(block.pixels, query, self._pixels, index)
        limit = np.partition(distance.reshape(-1, seeds), self._k - 1, axis=1)[:, self._k - 1]
        reach = (limit - block.own + block.margin).astype(np.float32)
        block.is_unlike = np.count_nonzero(bounds <= reach) > UNLIKE * bounds.size
        return limit

    def _near(self, block: Block, tile: range) -> Pairs:
        """Find the pairs that no bound rules out, of the queries with some training images."""
        if block.is_unlike:
            return self._near_by_pixels(block, tile)
        rows = slice(tile.start, tile.stop)
        bounds = self._level(0)[rows] @ self._vectors(block, 0).T
        left = np.flatnonzero(bounds <= block.reach)
        level = 1
        while len(left) > DENSE * bounds.size and level < block.levels:
            bounds += self._level(level)[rows] @ self._vectors(block, level).T
            left = np.flatnonzero(bounds <= block.reach)
            level += 1
        if len(left) > PIXELWISE * bounds.size:
            return self._near_by_pixels(block, tile)
        index, query = np.divmod(left, len(block.pixels))
        index += tile.start
        bound = bounds.ravel()[left]
        while level < (len(CUTS) - 1 if len(query) < DEEP * bounds.size else block.levels):
            bound += np.einsum(
                "ij,ij->i", self._level(level)[index], self._vectors(block, level)[query]
            )
            near = bound <= block.reach[query]
            query, index, bound = query[near], index[near], bound[near]
            level += 1
        return query, index

    def _near_by_pixels(self, block: Block, tile: range) -> Pairs:
        """Compare all in float32, for queries of which the projection says little.

        Rounding is bounded as in `_block`, for products of whole images.
        """
        rows = slice(tile.start, tile.stop)
        own = block.pixels.astype(np.float32)
        squares = np.einsum("ij,ij->i", own, own, dtype=np.float64)
        bounds = self._pixels[rows].astype(np.float32) @ (-2 * own.T)
        bounds += self._squares[rows, None]
        lengths = np.sqrt(squares) + np.sqrt(self._squares.max())
        margin = 2 * (own.shape[1] + 8) * ROUNDING * lengths**2
        left = np.flatnonzero(bounds <= (block.limit - squares + margin).astype(np.float32))
        index, query = np.divmod(left, len(own))
        return query, index + tile.start

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        """The squared length of each training image, float32 `(n,)`."""
        tiles = (self._pixels[part].astype(np.float32) for part in self._tiles())
        return np.concatenate([np.einsum("ij,ij->i", tile, tile) for tile in tiles])

    def _first(self, keys: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Pick the k nearest of each of `count` queries, ties going to the lower index."""
        keys = np.sort(keys)
        starts = np.searchsorted(keys, np.arange(count) << (DISTANCE_BITS + INDEX_BITS))
        chosen: NDArray[np.int64] = keys[(starts[:, None] + np.arange(self._k)).ravel()]
        return chosen


def _distance(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return (keys >> INDEX_BITS) & (2**DISTANCE_BITS - 1)


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
