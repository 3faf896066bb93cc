"""Exact search for the nearest images: cheap bounds prune, integers decide.

Pixels are integers, so squared distances are integers too and can be had without any rounding.
Taking them all costs 784 multiplications a pair, though, and for nearly every pair a sixteenth of
that shows that the images are too far apart: the bounds of `projection`. How near a neighbour has
to be is known from the images in the nearest `cells`. The few pairs that no bound rules out are
compared pixel by pixel, in integers.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench import Images
from digitbench_sklearn.cells import Cells
from digitbench_sklearn.projection import CUTS, Pixels, Projection

QUERIES = 256
"""Images looked up at once by a thread."""

BOUNDS = 2**17
"""Bounds taken at once: they then stay in the processor's cache."""

PROBED = 8
"""Cells in which a few images near a query are looked for first."""

PAIRS = 256
"""Pairs compared pixel by pixel at once: their pixels then stay in the processor's cache."""

TILE = 1000

DENSE = 1 / 64
"""With a greater share of the pairs left, it is cheaper to take a level's product for all."""

DEEP = 1 / 100
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
"""Positions of the queries, and places of the training images in the order of the cells."""


@dataclass
class Block:
    """Images looked up together.

    Attributes:
        pixels: uint8 `(q, 784)`.
        limit: what no squared distance of a neighbour exceeds, int64 `(q,)`.
        reach: what no bound of a neighbour exceeds, less the query's own square, float32 `(q,)`.
        vectors: their projections, float32 `(q, components + 2)` for each level taken so far.
        left_out: the lengths of what the last of these leaves out, float64 `(q,)`.
        is_unlike: the bounds say so little of them that all pixels have to be compared.
    """

    pixels: Pixels
    limit: NDArray[np.int64]
    reach: NDArray[np.float32]
    vectors: list[NDArray[np.float32]]
    left_out: NDArray[np.float64]
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
        self._adding = Lock()
        with self._libraries.limit(limits=1):
            self._projection = Projection(self._pixels)
            lengths, vectors = self._projected(self._pixels)
            self._longest = float(lengths.max())
            self._cells = Cells(vectors[:, :-1].astype(np.float32), k)
        self._order = self._cells.order
        rows = -2 * vectors[self._order]
        rows[:, -1] = lengths[self._order] ** 2
        self._levels = [rows.astype(np.float32)]
        self._left_out = vectors[self._order, -2]
        self._level(1)

    def nearest(self, images: Images) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Find the neighbours of each image, nearest first.

        Args:
            images: uint8 `(n, 28, 28)`.

        Returns:
            Indices of training images, `(n, k)`, and squared distances in units of one grey
            level, int64 `(n, k)`.
        """
        queries = images.reshape(len(images), self._pixels.shape[1])
        keys = np.empty((len(queries), self._k), np.int64)
        with self._libraries.limit(limits=1):
            lengths, vectors = self._projected(queries)
            short = vectors.astype(np.float32)
            short[:, -1] = 1
            cells = self._cells.nearest(short[:, :-1], PROBED)
            limit = self._limit(queries, short, cells)
            order = np.argsort(cells[:, 0], kind="stable")
            levels = len(CUTS) if len(queries) >= MANY else len(CUTS) - 1

            def look_up(start: int) -> None:
                chosen = order[start : start + QUERIES]
                reach = limit[chosen] - lengths[chosen] ** 2 + self._margin(lengths[chosen])
                block = Block(
                    pixels=queries[chosen],
                    limit=limit[chosen],
                    reach=reach.astype(np.float32),
                    vectors=[short[chosen]],
                    left_out=vectors[chosen, -2],
                )
                keys[chosen] = self._nearest_of_block(block, levels)

            self._each(look_up, range(0, len(queries), QUERIES))
        return (keys & (2**INDEX_BITS - 1)).astype(np.intp), _distance(keys)

    def _each(self, function, items):
        with ThreadPoolExecutor(self._threads) as executor:
            return list(executor.map(function, items))

    def _projected(self, pixels: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        def project(start: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            part = pixels[start : start + TILE]
            lengths = self._projection.lengths(part)
            return lengths, self._projection.vectors(part, 0, lengths)

        parts = self._each(project, range(0, max(1, len(pixels)), TILE))
        lengths, vectors = zip(*parts, strict=True)
        return np.concatenate(lengths), np.concatenate(vectors)

    def _level(self, level: int) -> NDArray[np.float32]:
        """Return the training images' side of a level's products, `(n, components + 2)`."""
        if level == len(self._levels):
            with self._adding:
                if level == len(self._levels):
                    self._add_level()
        return self._levels[level]

    def _add_level(self) -> None:
        level = len(self._levels)

        def project(start: int) -> NDArray[np.float64]:
            part = slice(start, start + TILE)
            return self._projection.vectors(
                self._pixels[self._order[part]], level, self._left_out[part]
            )

        with self._libraries.limit(limits=1):
            vectors = np.concatenate(self._each(project, range(0, len(self._pixels), TILE)))
        self._left_out = vectors[:, -2].copy()
        rows = -2 * vectors
        rows[:, -1] *= -1
        self._levels.append(rows.astype(np.float32))

    def _limit(
        self, queries: Pixels, vectors: NDArray[np.float32], cells: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """Find squared distances that no neighbour exceeds, `(q,)`.

        The distances to any k training images have the k-th smallest as an upper limit; a few
        more, those with the least bounds in the nearest cells, make it a close one.
        """
        probed = cells.shape[1]
        order = np.argsort(cells, axis=None, kind="stable")
        starts = np.searchsorted(cells.ravel()[order], np.arange(len(self._cells.edges)))
        place = np.empty((cells.size, self._k), np.intp)
        bound = np.empty((cells.size, self._k), np.float32)

        def probe(cell: int) -> None:
            asked = order[starts[cell] : starts[cell + 1]]
            begin, end = self._cells.edges[cell : cell + 2]
            bounds = vectors[asked // probed] @ self._levels[0][begin:end].T
            near = np.argpartition(bounds, self._k - 1, axis=1)[:, : self._k]
            place[asked] = near + begin
            bound[asked] = np.take_along_axis(bounds, near, axis=1)

        self._each(probe, np.flatnonzero(np.diff(starts)))
        bound, place = (array.reshape(len(queries), probed * self._k) for array in (bound, place))
        seeds = min(bound.shape[1], 2 * self._k + 2)
        chosen = np.argpartition(bound, seeds - 1, axis=1)[:, :seeds]
        index = self._order[np.take_along_axis(place, chosen, axis=1)]
        query = np.repeat(np.arange(len(queries)), seeds)
        distance = _squared_distances(queries, query, self._pixels, index.ravel())
        return np.partition(distance.reshape(index.shape), self._k - 1, axis=1)[:, self._k - 1]

    def _nearest_of_block(self, block: Block, levels: int) -> NDArray[np.int64]:
        count = len(block.pixels)
        size = max(1, BOUNDS // count)
        found = [
            self._near(block, slice(start, start + size), levels)
            for start in range(0, len(self._pixels), size)
        ]
        query, place = (np.concatenate(parts) for parts in zip(*found, strict=True))
        index = self._order[place]
        distance = _squared_distances(block.pixels, query, self._pixels, index)
        keys = np.sort((query << DISTANCE_BITS | distance) << INDEX_BITS | index)
        starts = np.searchsorted(keys, np.arange(count) << (DISTANCE_BITS + INDEX_BITS))
        return keys[starts[:, None] + np.arange(self._k)]

    def _margin(self, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bound what rounding of the bounds can amount to, `(q,)`.

        Bounds are sums of products of two vectors, one for each level. Let `S` be the query's
        length plus that of the longest training image, and `m` the terms of all products.
        The terms of each add up to no more than `S^2`, so that summing them in any order in
        float32 errs by at most `m 2^-24 S^2` (Higham, "Accuracy and Stability of Numerical
        Algorithms", section 3.1), to first order. Rounding the factors, the squares and the sums
        to float32 adds less than `8 2^-24 S^2` for each level; the whole is doubled.
        """
        terms = CUTS[-1] + (2 + 8) * len(CUTS)
        return 2 * terms * ROUNDING * (lengths + self._longest) ** 2

    def _vectors(self, block: Block, level: int) -> NDArray[np.float32]:
        """Return the queries' side of a level's products, `(q, components + 2)`."""
        if level == len(block.vectors):
            vectors = self._projection.vectors(block.pixels, level, block.left_out)
            block.left_out = vectors[:, -2]
            block.vectors.append(vectors.astype(np.float32))
        return block.vectors[level]

    def _near(self, block: Block, tile: slice, levels: int) -> Pairs:
        """Find the pairs that no bound rules out, of the queries with some training images."""
        if block.is_unlike:
            return self._near_by_pixels(block, tile)
        bounds = self._level(0)[tile] @ block.vectors[0].T
        left = np.flatnonzero(bounds <= block.reach)
        level = 1
        while len(left) > DENSE * bounds.size and level < levels:
            bounds += self._level(level)[tile] @ self._vectors(block, level).T
            left = np.flatnonzero(bounds <= block.reach)
            level += 1
        if len(left) > PIXELWISE * bounds.size:
            return self._near_by_pixels(block, tile)
        place, query = np.divmod(left, len(block.pixels))
        place += tile.start
        bound = bounds.ravel()[left]
        while level < (len(CUTS) - 1 if len(query) < DEEP * bounds.size else levels):
            bound += np.einsum(
                "ij,ij->i", self._level(level)[place], self._vectors(block, level)[query]
            )
            near = bound <= block.reach[query]
            query, place, bound = query[near], place[near], bound[near]
            level += 1
        return query, place

    def _near_by_pixels(self, block: Block, tile: slice) -> Pairs:
        """Compare all in float32, for queries of which the projection says little.

        Rounding is bounded as in `_block`, for products of whole images.
        """
        own = block.pixels.astype(np.float32)
        squares = np.einsum("ij,ij->i", own, own, dtype=np.float64)
        bounds = self._pixels[self._order[tile]].astype(np.float32) @ (-2 * own.T)
        bounds += self._squares[self._order[tile], None]
        lengths = np.sqrt(squares) + np.sqrt(self._squares.max())
        margin = 2 * (own.shape[1] + 8) * ROUNDING * lengths**2
        left = np.flatnonzero(bounds <= (block.limit - squares + margin).astype(np.float32))
        place, query = np.divmod(left, len(own))
        return query, place + tile.start

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        """The squared length of each training image, float32 `(n,)`."""
        tiles = (
            self._pixels[start : start + TILE].astype(np.float32)
            for start in range(0, len(self._pixels), TILE)
        )
        return np.concatenate([np.einsum("ij,ij->i", tile, tile) for tile in tiles])


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
