"""Bounds of squared distances to the training images, at levels that grow closer and dearer.

Each level adds to the bounds a product of two vectors for each pair. Every bound is less than what
it bounds by the square of the query's own length, which does not change the order.
"""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from digitbench_sklearn.cells import Cells
from digitbench_sklearn.comparison import Indices, Pixels
from digitbench_sklearn.projection import CUTS, Lengths, Projection
from digitbench_sklearn.workers import Workers

LEVELS = len(CUTS)
TILE = 1000

CACHED = 2**17
"""Bounds that stay in the processor's cache until they are compared."""

ROUNDING = 2.0**-24

Values = NDArray[np.float32]


class Queries:
    """Images to look up, projected level by level as needed.

    Attributes:
        pixels: uint8 `(q, 784)`.
        lengths: their distances to the mean of the training images, float64 `(q,)`.
    """

    def __init__(self, projection: Projection, pixels: Pixels, vectors: Lengths) -> None:
        """Begin with the vectors of level 0."""
        self._projection = projection
        self.pixels = pixels
        self.lengths = vectors[:, -1]
        self._last = vectors
        self._levels = [vectors.astype(np.float32)]
        self._levels[0][:, -1] = 1

    def __len__(self) -> int:
        return len(self.pixels)

    def block(self, chosen: Indices) -> "Queries":
        """Choose some, projected as at the start."""
        return Queries(self._projection, self.pixels[chosen], self._last[chosen])

    def vectors(self, level: int) -> Values:
        """Return the queries' side of a level's products, `(q, components of the level + 2)`."""
        if level == len(self._levels):
            self._last = self._projection.vectors(self.pixels, level, self._last[:, -2])
            self._levels.append(self._last.astype(np.float32))
        return self._levels[level]


class Bounds:
    """The training images' side of the products, and the products.

    Attributes:
        cells: the training images sorted into cells; all here is in their order.
    """

    def __init__(self, pixels: Pixels, least: int, workers: Workers) -> None:
        """Take all levels but the last, which few images need.

        Args:
            pixels: the training images, uint8 `(n, 784)`.
            least: how many images a cell shall hold at least.
            workers: threads to share the work.
        """
        self._pixels = pixels
        self._workers = workers
        self._adding = Lock()
        (self._projection,) = workers.each(Projection, [pixels])
        vectors = self._begin(pixels)
        self._longest = float(vectors[:, -1].max())
        self.cells = Cells(vectors[:, :-1].astype(np.float32), least)
        order = self.cells.order
        self._left_out = vectors[order, -2]
        rows = -2 * vectors[order]
        rows[:, -1] = vectors[order, -1] ** 2
        self._levels = [rows.astype(np.float32)]
        for level in range(1, LEVELS - 1):
            self.rows(level)

    def queries(self, pixels: Pixels) -> Queries:
        """Project images to look up, uint8 `(q, 784)`, with all threads."""
        return Queries(self._projection, pixels, self._begin(pixels))

    def rows(self, level: int) -> Values:
        """Return the training images' side of a level's products, taking it if it is new."""
        if level == len(self._levels):
            with self._adding:
                if level == len(self._levels):
                    self._add_level()
        return self._levels[level]

    def within(
        self, queries: Queries, tile: slice, reach: Values
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Take the bounds of level 0, and say which are within each query's reach, `(n, q)`."""
        rows, vectors = self.rows(0)[tile], queries.vectors(0)
        bounds = np.empty((len(rows), len(queries)), np.float32)
        near = np.empty(bounds.shape, np.bool_)
        step = max(1, CACHED // len(queries))
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            np.dot(rows[part], vectors.T, out=bounds[part])
            np.less_equal(bounds[part], reach, out=near[part])
        return bounds, near

    def of_all(self, queries: Queries, tile: slice, level: int) -> Values:
        """What a level adds to the bounds of all pairs with a tile of training images, `(n, q)`."""
        bounds: Values = self.rows(level)[tile] @ queries.vectors(level).T
        return bounds

    def of_pairs(self, queries: Queries, query: Indices, place: Indices, level: int) -> Values:
        """What a level adds to the bounds of some pairs, `(pairs,)`."""
        rows = self.rows(level).take(place, axis=0)
        bounds: Values = np.vecdot(rows, queries.vectors(level).take(query, axis=0))
        return bounds

    def margin(self, lengths: Lengths) -> Lengths:
        """What rounding of the bounds can amount to, for queries of these lengths, `(q,)`.

        Let `S` be the query's length plus that of the longest training image, and `m` the terms
        of all products. The terms of each product add up to no more than `S^2`, so that summing
        them in any order in float32 errs by at most `m 2^-24 S^2` (Higham, "Accuracy and Stability
        of Numerical Algorithms", section 3.1), to first order. Rounding the factors, the squares
        and the sums to float32 adds less than `8 2^-24 S^2` for each level; the whole is doubled.
        """
        terms = CUTS[-1] + (2 + 8) * LEVELS
        margin: Lengths = 2 * terms * ROUNDING * (lengths + self._longest) ** 2
        return margin

    def _begin(self, pixels: Pixels) -> Lengths:
        """Return the vectors of level 0."""
        shares = self._workers.shares(len(pixels), TILE) or [slice(None)]
        return np.concatenate(
            self._workers.each(lambda part: self._projection.vectors(pixels[part], 0), shares)
        )

    def _add_level(self) -> None:
        level = len(self._levels)

        def project(part: slice) -> Lengths:
            pixels = self._pixels[self.cells.order[part]]
            return self._projection.vectors(pixels, level, self._left_out[part])

        shares = self._workers.shares(len(self._pixels), TILE)
        vectors = np.concatenate(self._workers.each(project, shares))
        self._left_out = vectors[:, -2].copy()
        rows = -2 * vectors
        rows[:, -1] *= -1
        self._levels.append(rows.astype(np.float32))
