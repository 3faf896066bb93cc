"""Trains the duels of a support vector machine, one pair of digits after the other in each thread.

Of the 12,000 images of two digits a tenth become support vectors, and only what the kernel says of
these matters. So a pair begins with few images, is solved on them exactly, and takes in those of
all others that the solution has on the wrong side of the margin, the worst first, until there is
none: then it is the solution for all images, to the tolerance of scikit-learn's `SVC`.
A row of the kernel, between one image and all of both digits, is computed for support vectors only.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench import Images, Labels
from digitbench_sklearn.active_set import Floats, NotSolvedError, Solution, solve
from digitbench_sklearn.duels import SCALE, Duels

TOLERANCE = 5e-4
"""How far within the margin an image may be that is no support vector.

The largest two on both sides add up to the 1e-3 at which `SVC` stops.
"""

FIRST = 150
"""Images of each digit that a pair begins with."""

MORE = 300
"""Images that it takes in at a time."""

MOST_SUPPORT_VECTORS = 3000
"""In one pair: with more, scikit-learn-intelex is faster."""

Indices = NDArray[np.intp]


def train(
    images: Images, labels: Labels, penalty: float, gamma: float, *, memory_mb: int, threads: int
) -> Duels:
    """Train a duel for each pair of digits; the number of threads changes no bit.

    Args:
        images: uint8 `(n, 28, 28)`.
        labels: uint8 `(n,)`.
        penalty: the upper bound of a weight, `C`.
        gamma: narrowness of the kernel, for pixels from 0 to 1.
        memory_mb: memory for the rows of the kernel, for each thread.
        threads: CPU threads to use.

    Raises:
        NotSolvedError: there is a single digit, or a pair that needs too many support vectors or
            another method.
    """
    digits, counts = np.unique(labels, return_counts=True)
    if len(digits) < 2:  # noqa: PLR2004
        raise NotSolvedError
    own = [np.flatnonzero(labels == digit) for digit in digits]
    pairs = list(combinations(range(len(digits)), 2))
    rows = min(MOST_SUPPORT_VECTORS, memory_mb * 10**6 // 4 // int(np.sort(counts)[-2:].sum()))

    def fought(pair: tuple[int, int]) -> Solution:
        low, high = (own[position] for position in pair)
        sides = np.repeat([1.0, -1.0], [len(low), len(high)])
        return _Pair(images[np.concatenate([low, high])], sides, gamma, rows).train(penalty)

    with ThreadpoolController().limit(limits=1), ThreadPoolExecutor(threads) as executor:
        solutions = list(executor.map(fought, pairs))
    coefficients = _coefficients(own, pairs, solutions)
    support = np.concatenate([one[coefficients[:, one].any(axis=0)] for one in own])
    return Duels(
        support_vectors=images[support],
        counts=np.bincount(np.searchsorted(digits, labels[support]), minlength=len(digits)),
        coefficients=np.ascontiguousarray(coefficients[:, support]),
        intercepts=np.array([solution.intercept for solution in solutions]),
        digits=digits.astype(np.uint8),
    )


def _coefficients(
    own: list[Indices], pairs: list[tuple[int, int]], solutions: list[Solution]
) -> Floats:
    """Arrange the weights as `Duels` has them, for all training images: float64 `(k - 1, n)`.

    Args:
        own: the images of each digit.
        pairs: the positions of both digits of each duel.
        solutions: those of the duels, whose weights are of the lower digit's images first.
    """
    coefficients = np.zeros((len(own) - 1, sum(map(len, own))))
    for (low, high), solution in zip(pairs, solutions, strict=True):
        of_low, of_high = np.split(solution.weights, [len(own[low])])
        coefficients[high - 1, own[low]] = of_low
        coefficients[low, own[high]] = -of_high
    return coefficients


class _Pair:
    """The images of two digits, and the kernel as far as it is known."""

    def __init__(self, images: Images, sides: Floats, gamma: float, most_rows: int) -> None:
        pixels = images.reshape(len(images), -1)
        inked = pixels[:, pixels.any(axis=0)].astype(np.float32)
        scale = gamma / SCALE
        squares = np.einsum("ij,ij->i", inked, inked, dtype=np.float64)
        lengths = (-scale * squares).astype(np.float32)[:, None]
        ones = np.ones_like(lengths)
        # Products of the two give -gamma |x - y|^2 at once.
        self._left = np.hstack([np.float32(2 * scale) * inked, lengths, ones])
        self._right = np.hstack([inked, ones, lengths])
        self._sides = sides
        self._rows = np.empty((most_rows, len(images)), np.float32)

    def train(self, penalty: float) -> Solution:
        """Find the weights of all images.

        Raises:
            NotSolvedError: there are too many support vectors, or they are hard to find.
        """
        halves = (np.flatnonzero(self._sides == side)[:FIRST] for side in (1, -1))
        new, taken = np.concatenate(list(halves)), np.empty(0, np.intp)
        kernel, solution = np.empty((0, 0), np.float32), Solution(np.empty(0), 0.0)
        with_row = np.empty(0, np.intp)
        while len(new):
            kernel = self._grown(kernel, taken, new)
            taken = np.concatenate([taken, new])
            start = Solution(np.append(solution.weights, np.zeros(len(new))), solution.intercept)
            solution = solve(kernel, self._sides[taken], penalty, start)
            weights = np.zeros(len(self._sides))
            weights[taken] = solution.weights
            with_row = self._add_rows(with_row, np.flatnonzero(weights))
            new = self._missing(Solution(weights, solution.intercept), with_row, taken)
        return Solution(weights, solution.intercept)

    def _kernel(self, rows: Indices, right: NDArray[np.float32]) -> NDArray[np.float32]:
        kernel: NDArray[np.float32] = self._left[rows] @ right.T
        np.exp(kernel, out=kernel)
        return kernel

    def _grown(
        self, kernel: NDArray[np.float32], taken: Indices, new: Indices
    ) -> NDArray[np.float32]:
        """Add new images to the kernel between those that are taken in."""
        old = len(taken)
        grown = np.empty((old + len(new),) * 2, np.float32)
        grown[:old, :old] = kernel
        grown[old:] = self._kernel(new, self._right[np.concatenate([taken, new])])
        grown[:old, old:] = grown[old:, :old].T
        return grown

    def _add_rows(self, with_row: Indices, support: Indices) -> Indices:
        """Compute the rows of support vectors that have none; return all that have one."""
        fresh = np.setdiff1d(support, with_row, assume_unique=True)
        end = len(with_row) + len(fresh)
        if end > len(self._rows):
            raise NotSolvedError
        self._rows[len(with_row) : end] = self._kernel(fresh, self._right)
        return np.append(with_row, fresh)

    def _missing(self, solution: Solution, with_row: Indices, taken: Indices) -> Indices:
        """Find the images that the solution has within the margin, the worst of them."""
        signed = (solution.weights * self._sides)[with_row].astype(np.float32)
        excess = self._sides * (signed @ self._rows[: len(with_row)] + solution.intercept) - 1
        excess[taken] = 0
        missing = np.flatnonzero(excess < -TOLERANCE)
        return missing[np.argsort(excess[missing], kind="stable")[:MORE]]
