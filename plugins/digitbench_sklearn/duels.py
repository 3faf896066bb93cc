"""A fitted support vector machine as its numbers, and what they decide.

One against one: each pair of digits has a duel, a weighted sum of the kernel between an image and
the support vectors of both. These are training images, so that they are kept as bytes, and their
products with other images are whole numbers, which single precision gives exactly below 2**24.
All else is in double precision. Blocks of images of one size, each computed by one thread, give the
same bits whatever the number of threads.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import combinations
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench import Images, KeptModelError
from digitbench_sklearn.backends import NUM_CLASSES

NUM_PIXELS = 28 * 28
BLOCK = 250
QUARTERS = 4
"""In a quarter of an image, products add up to at most 196 * 255**2, less than `EXACT_BELOW`."""

EXACT_BELOW = 2.0**24
"""Up to here float32 knows every whole number, so that sums of them are exact in any order."""

SCALE = 255.0**2
"""A squared distance of pixels from 0 to 255, over that of pixels from 0 to 1."""

Array = NDArray[np.float64]

DUE = {
    "support_vectors": ("uint8", (None, 28, 28)),
    "counts": ("int64", (None,)),
    "coefficients": ("float64", (None, None)),
    "intercepts": ("float64", (None,)),
    "digits": ("uint8", (None,)),
}
"""The arrays of `Duels`, as a file holds them."""


@dataclass(frozen=True, eq=False)
class Duels:
    """What a support vector machine with an RBF kernel is made of, for `k` digits.

    Attributes:
        support_vectors: uint8 `(n, 28, 28)`, those of each digit together.
        counts: how many support vectors each digit has, int64 `(k,)`.
        coefficients: float64 `(k - 1, n)`, a support vector's weights in the duels of its digit
            against each other one, in rising order.
        intercepts: float64 `(k (k - 1) / 2,)`; a duel above zero is won by its lower digit.
        digits: those that training saw, uint8 `(k,)`, rising.
    """

    support_vectors: Images
    counts: NDArray[np.int64]
    coefficients: Array
    intercepts: Array
    digits: NDArray[np.uint8]

    @classmethod
    def of(cls, machine: Any, images: Images) -> Self:
        """Take the numbers of a fitted `SVC` of scikit-learn or of its accelerated twin.

        Args:
            machine: the `SVC`.
            images: what it was fitted to, in bytes: uint8 `(n, 28, 28)`.
        """
        # With two digits the libraries show both with the other sign.
        sign = -1 if len(machine.classes_) == 2 else 1  # noqa: PLR2004
        return cls(
            support_vectors=images[machine.support_],
            counts=np.asarray(machine.n_support_, np.int64),
            coefficients=sign * np.asarray(machine.dual_coef_, np.float64),
            intercepts=sign * np.asarray(machine.intercept_, np.float64).ravel(),
            digits=np.asarray(machine.classes_, np.uint8),
        )

    def check(self) -> None:
        """Check that the arrays go together.

        Raises:
            KeptModelError: they do not.
        """
        k, n = len(self.digits), len(self.support_vectors)
        if (
            k < 2  # noqa: PLR2004
            or not np.array_equal(self.digits, np.unique(self.digits))
            or self.digits[-1] >= NUM_CLASSES
            or self.counts.shape != (k,)
            or self.counts.min() < 0
            or self.counts.max() > n
            or self.counts.sum() != n
            or self.coefficients.shape != (k - 1, n)
            or self.intercepts.shape != (k * (k - 1) // 2,)
        ):
            raise KeptModelError("the arrays of the support vector machine do not go together")

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The positions of both digits of each duel."""
        return list(combinations(range(len(self.digits)), 2))

    @cached_property
    def weights(self) -> Array:
        """The weight of each support vector in each duel, float64 `(n, k (k - 1) / 2)`."""
        ends = np.cumsum(self.counts)
        of_digit = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        weights = np.zeros((len(self.support_vectors), len(self.intercepts)))
        for duel, (low, high) in enumerate(self.pairs):
            weights[of_digit[low], duel] = self.coefficients[high - 1, of_digit[low]]
            weights[of_digit[high], duel] = self.coefficients[low, of_digit[high]]
        return weights

    @cached_property
    def squares(self) -> Array:
        """The squared length of each support vector, float64 `(n,)`."""
        columns = self._columns
        squares: Array = np.einsum("ij,ij->j", columns, columns, dtype=np.float64)
        return squares

    @cached_property
    def _inked(self) -> NDArray[np.intp]:
        """The pixels that are not empty in all support vectors, `(p,)`."""
        rows = self.support_vectors.reshape(-1, NUM_PIXELS)
        return np.flatnonzero(rows.any(axis=0))

    @cached_property
    def _columns(self) -> NDArray[np.float32]:
        """Those pixels of the support vectors, float32 `(p, n)`."""
        rows = self.support_vectors.reshape(-1, NUM_PIXELS)
        return np.ascontiguousarray(rows[:, self._inked].T, np.float32)

    def _products(self, rows: NDArray[np.uint8]) -> Array:
        """Multiply images with the support vectors, exactly: float64 `(m, n)`.

        No product, nor any part of its sum, is greater than the product of both lengths.
        """
        own = rows[:, self._inked].astype(np.float32)
        longest = np.einsum("ij,ij->i", own, own, dtype=np.float64).max(initial=0)
        if longest * self.squares.max(initial=0) < EXACT_BELOW**2:
            return np.asarray(own @ self._columns, np.float64)
        products = np.zeros((len(rows), len(self.squares)))
        for part in np.array_split(np.arange(len(self._inked)), QUARTERS):
            products += own[:, part] @ self._columns[part]
        return products

    @cached_property
    def _libraries(self) -> ThreadpoolController:
        """The libraries that multiply: to find them takes longer than to decide on one image."""
        return ThreadpoolController()

    def decide(self, images: Images, gamma: float, threads: int) -> Array:
        """Fight the duels.

        Args:
            images: uint8 `(n, 28, 28)`.
            gamma: narrowness of the kernel, for pixels from 0 to 1.
            threads: CPU threads to use.

        Returns:
            float64 `(n, k (k - 1) / 2)`; above zero the lower digit wins.
        """
        rows, scale = images.reshape(-1, NUM_PIXELS), gamma / SCALE
        squares, weights = self.squares, self.weights

        def part(start: int) -> Array:
            own = rows[start : start + BLOCK]
            kernel = self._products(own)
            kernel *= 2
            kernel -= squares
            kernel -= np.einsum("ij,ij->i", own, own, dtype=np.float64)[:, None]
            kernel *= scale
            np.exp(kernel, out=kernel)
            return kernel @ weights + self.intercepts

        with self._libraries.limit(limits=1), ThreadPoolExecutor(threads) as executor:
            parts = list(executor.map(part, range(0, len(rows), BLOCK)))
        return np.concatenate([np.empty((0, len(self.intercepts))), *parts])

    def votes(self, decisions: Array) -> Array:
        """Count the duels that each digit wins: float64 `(n, k)`, whole numbers."""
        won = np.where(decisions > 0, 1.0, -1.0)
        votes: Array = (won @ self.sides + np.abs(self.sides).sum(axis=0)) / 2
        return votes

    def winners(self, decisions: Array) -> NDArray[np.uint8]:
        """Return the digits that win most duels, uint8 `(n,)`; of several the lowest."""
        winners: NDArray[np.uint8] = self.digits[self.votes(decisions).argmax(axis=1)]
        return winners

    def scores(self, decisions: Array) -> Array:
        """Rank the digits, float64 `(n, k)`: by votes, then by the sums of their duels.

        As scikit-learn's `decision_function` has it, which calibration starts from.
        """
        sums: Array = decisions @ self.sides
        scores: Array = self.votes(decisions) + sums / (3 * (np.abs(sums) + 1))
        return scores

    @property
    def sides(self) -> Array:
        """On which side each digit is in each duel: 1, -1, or 0 for none; `(duels, k)`."""
        sides = np.zeros((len(self.intercepts), len(self.digits)))
        for duel, (low, high) in enumerate(self.pairs):
            sides[duel, low], sides[duel, high] = 1, -1
        return sides
