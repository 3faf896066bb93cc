"""Training images sorted into cells of like ones, so that a few cells hold most neighbours."""

import numpy as np
from numpy.typing import NDArray

LANDMARKS = 256
"""Images that others are sorted by."""

SIZE = 256
"""Images in a cell, at least."""

TILE = 4096

Vectors = NDArray[np.float32]


class Cells:
    """Cells of training images, of about equal size, neighbours in their order mostly alike.

    Attributes:
        order: the images' indices cell by cell, `(n,)`.
        edges: where in `order` each cell begins, and where the last one ends, `(cells + 1,)`.
    """

    def __init__(self, vectors: Vectors, k: int) -> None:
        """Sort images by which of some of them is nearest.

        Args:
            vectors: float32 `(n, numbers)`; their distances tell which images are alike.
            k: a cell will hold as many images at least.
        """
        count = len(vectors)
        landmarks = _chained(vectors[:: -(-count // LANDMARKS)])
        nearest = [
            _squares(vectors[start : start + TILE], landmarks).argmin(axis=1)
            for start in range(0, count, TILE)
        ]
        self.order = np.argsort(np.concatenate(nearest), kind="stable")
        cells = max(1, count // max(SIZE, k))
        self.edges = np.arange(cells + 1) * count // cells
        sums = np.add.reduceat(vectors[self.order], self.edges[:-1], axis=0)
        self._means = sums / np.diff(self.edges)[:, None].astype(np.float32)

    def nearest(self, vectors: Vectors, count: int) -> NDArray[np.intp]:
        """Find the cells with the means nearest to each of some vectors, nearest first.

        Returns:
            `(n, count)`, or less where there are fewer cells.
        """
        squares = _squares(vectors, self._means)
        count = min(count, len(self._means))
        chosen = np.argpartition(squares, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(squares, chosen, axis=1), axis=1)
        return np.take_along_axis(chosen, order, axis=1)


def _squares(vectors: Vectors, others: Vectors) -> Vectors:
    """Square the distances between vectors, each less the square of the one in `vectors`."""
    squares: Vectors = np.einsum("ij,ij->i", others, others) - 2 * vectors @ others.T
    return squares


def _chained(vectors: Vectors) -> Vectors:
    """Order vectors so that each is followed by the nearest of those left."""
    left = list(range(1, len(vectors)))
    chain = [0]
    while left:
        squares = _squares(vectors[chain[-1:]], vectors[left])
        chain.append(left.pop(int(squares.argmin())))
    return vectors[chain]
