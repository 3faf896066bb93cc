"""Exact search for the nearest images: cheap bounds prune, integers decide.

Pixels are integers, so squared distances are integers too and can be had without any rounding.
Taking them all costs 784 multiplications a pair, though, and for nearly every pair a sixteenth of
that shows that the images are too far apart. How near a neighbour has to be is known from the
images in the nearest cells. The few pairs that no bound rules out are compared pixel by pixel.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitbench import Images
from digitbench_sklearn.bounds import LEVELS, ROUNDING, Bounds, Queries, Values
from digitbench_sklearn.comparison import Indices, nearest_pairs, squared_distances
from digitbench_sklearn.workers import Workers

QUERIES = 256
"""Images looked up at once by a thread."""

BOUNDS = 2**19
"""Bounds looked through at once."""

PROBED = 8
"""Cells in which a few images near a query are looked for first."""

GROUPS = 4
"""Groups in a cell, at least, of which only the image with the least bound is looked at."""

DENSE = 1 / 64
"""With a greater share of the pairs left, it is cheaper to take a level's product for all."""

DEEP = 1 / 100
"""With a smaller share of the pairs left, the last level does not pay."""

MANY = 1024
"""With fewer images to look up, the last level is not taken: that would be longer than the rest."""

PIXELWISE = 1 / 32
"""With a greater share of the pairs left by all levels, it is cheaper to compare all pixels."""

UNLIKE = 0.6
"""With a greater share of the pairs left by level 0, the others are not tried."""

SHARE = 1000
"""Images worked on at once otherwise."""

Pairs = tuple[Indices, Indices]
"""Positions of the queries, and places of the training images in the order of the cells."""


@dataclass
class Block:
    """Images looked up together.

    Attributes:
        queries: the images.
        limit: squared distances that no neighbour exceeds, int64 `(q,)`.
        reach: what no bound of a neighbour exceeds, float32 `(q,)`.
        levels: how many levels of bounds may be used.
        is_unlike: bounds say so little of them that all pixels are compared.
    """

    queries: Queries
    limit: NDArray[np.int64]
    reach: Values
    levels: int
    is_unlike: bool = False


class ExactSearch:
    """The k nearest of the training images, ties going to the lower index."""

    def __init__(self, images: Images, k: int, threads: int) -> None:
        """Prepare the training images.

        Args:
            images: the training images, uint8 `(n, 28, 28)`, at least `k`.
            k: how many neighbours will be asked for.
            threads: CPU threads to use.
        """
        self._k = k
        self._seed_count = 2 * k + 2
        self._workers = Workers(threads)
        self._pixels = images.reshape(len(images), -1)
        self._bounds = Bounds(self._pixels, self._seed_count, self._workers)
        self._cells = self._bounds.cells

    def nearest(self, images: Images) -> tuple[Indices, NDArray[np.int64]]:
        """Find the neighbours of each image, nearest first.

        Args:
            images: uint8 `(n, 28, 28)`.

        Returns:
            Indices of training images, `(n, k)`, and squared distances in units of one grey
            level, int64 `(n, k)`.
        """
        queries = self._bounds.queries(images.reshape(len(images), self._pixels.shape[1]))
        cells = self._nearest_cells(queries)
        seeds = self._seeds(queries, cells)
        alike = np.argsort(cells[:, 0], kind="stable")
        levels = LEVELS if len(queries) >= MANY else LEVELS - 1
        indices = np.empty((len(queries), self._k), np.intp)
        distances = np.empty((len(queries), self._k), np.int64)

        def look_up(part: slice) -> None:
            chosen = alike[part]
            block = self._block(queries.block(chosen), seeds[chosen], levels)
            indices[chosen], distances[chosen] = self._nearest_of_block(block)

        self._workers.each(look_up, self._workers.shares(len(queries), QUERIES))
        return indices, distances

    def _nearest_cells(self, queries: Queries) -> Indices:
        vectors = queries.vectors(0)[:, :-1]
        shares = self._workers.shares(len(queries), SHARE) or [slice(None)]
        return np.concatenate(
            self._workers.each(lambda part: self._cells.nearest(vectors[part], PROBED), shares)
        )

    def _seeds(self, queries: Queries, cells: Indices) -> Indices:
        """Find a few training images near each query in some cells, `(q, seeds)`, at least k.

        A cell is looked through for all queries at once, whose it is. Each of its groups stands
        with the image that has the least bound; the seeds are the least of these.

        Returns:
            Their places in the order of the cells.
        """
        probed, size = cells.shape[1], self._cells.size
        groups = min(size, max(GROUPS, -(-self._seed_count // probed)))
        members = size // groups
        order = np.argsort(cells, axis=None, kind="stable")
        starts = np.searchsorted(cells.ravel()[order], np.arange(len(self._pixels) // size + 1))
        place = np.empty((cells.size, groups), np.intp)
        bound = np.empty((cells.size, groups), np.float32)

        def probe(part: slice) -> None:
            for cell in cells_in_use[part]:
                pair = order[starts[cell] : starts[cell + 1]]
                rows = self._bounds.rows(0)[cell * size :][: groups * members]
                bounds = queries.vectors(0)[pair // probed] @ rows.T
                bounds = bounds.reshape(len(pair), groups, members)
                least = bounds.argmin(axis=2)
                bound[pair] = np.take_along_axis(bounds, least[..., None], axis=2)[..., 0]
                place[pair] = cell * size + np.arange(groups) * members + least

        cells_in_use = np.flatnonzero(np.diff(starts))
        self._workers.each(probe, self._workers.shares(len(cells_in_use), 64))
        bound, place = (array.reshape(len(queries), probed * groups) for array in (bound, place))
        count = min(self._seed_count, bound.shape[1])
        chosen = np.argpartition(bound, count - 1, axis=1)[:, :count]
        return np.take_along_axis(place, chosen, axis=1)

    def _block(self, queries: Queries, seeds: Indices, levels: int) -> Block:
        """Limit the distance of neighbours by that of the k-th nearest of a few images."""
        query = np.repeat(np.arange(len(queries)), seeds.shape[1])
        index = self._cells.order[seeds.ravel()]
        distance = squared_distances(queries.pixels, query, self._pixels, index)
        near = np.partition(distance.reshape(seeds.shape), self._k - 1, axis=1)
        limit: NDArray[np.int64] = near[:, self._k - 1]
        reach = limit - queries.lengths**2 + self._bounds.margin(queries.lengths)
        return Block(queries, limit, reach.astype(np.float32), levels)

    def _nearest_of_block(self, block: Block) -> tuple[Indices, NDArray[np.int64]]:
        count = len(block.queries)
        size = max(1, BOUNDS // count)
        found = [
            self._near(block, slice(start, start + size))
            for start in range(0, len(self._pixels), size)
        ]
        query, place = (np.concatenate(parts) for parts in zip(*found, strict=True))
        index = self._cells.order[place]
        distance = squared_distances(block.queries.pixels, query, self._pixels, index)
        return nearest_pairs(query, index, distance, count, self._k)

    def _near(self, block: Block, tile: slice) -> Pairs:
        """Find the pairs that no bound rules out, of the queries with some training images."""
        if block.is_unlike:
            return self._near_by_pixels(block, tile)
        bounds, near = self._bounds.within(block.queries, tile, block.reach)
        left = np.flatnonzero(near)
        if len(left) > UNLIKE * bounds.size:
            return self._near_by_pixels(block, tile)
        level = 1
        while len(left) > DENSE * bounds.size and level < block.levels:
            bounds += self._bounds.of_all(block.queries, tile, level)
            left = np.flatnonzero(bounds <= block.reach)
            level += 1
        if len(left) > PIXELWISE * bounds.size:
            return self._near_by_pixels(block, tile)
        place, query = np.divmod(left, len(block.queries))
        pairs = query, place + tile.start
        return self._near_by_bounds(block, pairs, bounds.ravel()[left], level)

    def _near_by_bounds(self, block: Block, pairs: Pairs, bound: Values, level: int) -> Pairs:
        """Keep the pairs that no bound from a level on rules out, given those of the one before."""
        query, place = pairs
        few = DEEP * BOUNDS
        while level < (block.levels if len(query) > few else LEVELS - 1):
            bound += self._bounds.of_pairs(block.queries, query, place, level)
            near = bound <= block.reach[query]
            query, place, bound = query[near], place[near], bound[near]
            level += 1
        return query, place

    def _near_by_pixels(self, block: Block, tile: slice) -> Pairs:
        """Compare all in float32, for queries of which the projection says little.

        Where that is better for some training images, it is for the rest of them. Rounding is
        bounded as in `Bounds.margin`, for products of whole images.
        """
        block.is_unlike = True
        own = block.queries.pixels.astype(np.float32)
        squares = np.vecdot(own, own).astype(np.float64)
        order = self._cells.order[tile]
        bounds = np.empty((len(order), len(own)), np.float32)
        for start in range(0, len(order), SHARE):
            part = slice(start, start + SHARE)
            np.dot(self._pixels[order[part]].astype(np.float32), own.T, out=bounds[part])
        bounds *= -2
        bounds += self._squares[order, None]
        lengths = np.sqrt(squares) + np.sqrt(self._squares.max())
        margin = 2 * (own.shape[1] + 8) * ROUNDING * lengths**2
        left = np.flatnonzero(bounds <= (block.limit - squares + margin).astype(np.float32))
        place, query = np.divmod(left, len(own))
        return query, place + tile.start

    @cached_property
    def _squares(self) -> Values:
        """The squared length of each training image, float32 `(n,)`."""
        tiles = (
            self._pixels[start : start + SHARE].astype(np.float32)
            for start in range(0, len(self._pixels), SHARE)
        )
        return np.concatenate([np.vecdot(tile, tile) for tile in tiles])
