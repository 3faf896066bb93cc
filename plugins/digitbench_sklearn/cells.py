"""Training images sorted into cells of like ones: a few cells hold most neighbours of an image."""

import numpy as np
from numpy.typing import NDArray

LANDMARKS = 256
"""Images that others are sorted by."""

SIZE = 256
"""Images in a cell, at least."""

TILE = 4096

Vectors = NDArray[np.float32]


class Cells:
    """Cells of training images, all of one size; a few images can be left over.

    Attributes:
        order: the images' indices cell by cell, then those left over, `(n,)`.
        size: how many images are in each cell.
    """

    def __init__(self, vectors: Vectors, least: int) -> None:
        """Sort images by which of some of them is nearest.

        Args:
            vectors: float32 `(n, numbers)`; their distances tell which images are alike.
            least: a cell will hold as many images at least, if there are as many.
        """
        count = len(vectors)
        landmarks = _chained(vectors[:: -(-count // LANDMARKS)])
        nearest = [
            _squares(vectors[start : start + TILE], landmarks).argmin(axis=1)
            for start in range(0, count, TILE)
        ]
        self.order = np.argsort(np.concatenate(nearest), kind="stable")
        cells = max(1, count // max(SIZE, least))
        self.size = count // cells
        sorted_in = vectors[self.order[: cells * self.size]]
        self._means = sorted_in.reshape(cells, self.size, -1).mean(axis=1)

    def nearest(self, vectors: Vectors, count: int) -> NDArray[np.intp]:
        """Find the cells with the means nearest to each of some vectors, nearest first.

        Args:
            vectors: float32 `(q, numbers)`.
            count: how many cells to find.

        Returns:
            `(q, count)`, or less where there are fewer cells.
        """
        squares = _squares(vectors, self._means)
        count = min(count, len(self._means))
        chosen = np.argpartition(squares, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(squares, chosen, axis=1), axis=1)
        return np.take_along_axis(chosen, order, axis=1)


def _squares(vectors: Vectors, others: Vectors) -> Vectors:
    """Square the distances between vectors, each less the square of the one in `vectors`."""
    squares: Vectors = np.vecdot(others, others) - 2 * vectors @ others.T
    return squares


def _chained(vectors: Vectors) -> Vectors:
    """Order vectors so that each is followed by the nearest of those left."""
    left = list(range(1, len(vectors)))
    chain = [0]
    while left:
        squares = _squares(vectors[chain[-1:]], vectors[left])
        chain.append(left.pop(int(squares.argmin())))
    return vectors[chain]
