"""Solves the dual problem of a support vector machine on a few thousand images, by an active set.

Each image is taken to be no support vector, one with a weight between the bounds, or one at the
upper bound. Then the weights between the bounds are the solution of linear equations, and show
which images were taken for the wrong thing; it mostly takes four to eight rounds until none was
(Hintermueller, Ito and Kunisch, "The primal-dual active set strategy as a semismooth Newton
method", 2002). A proof that it ends needs more than an RBF kernel has, so that it may give up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

MOST_ROUNDS = 30
INNER_TOLERANCE = 1e-4
RIDGE = 1e-6
"""Added to the diagonal, so that two images that are the same leave the equations solvable."""

Floats = NDArray[np.float64]


class NotSolvedError(Exception):
    """The problem is none for this method: a library has to solve it."""


@dataclass(frozen=True, eq=False)
class Solution:
    """What a duel consists of.

    Attributes:
        weights: of the images, from 0 to the penalty, float64 `(n,)`.
        intercept: added to the weighted sum of the kernel.
    """

    weights: Floats
    intercept: float


def solve(kernel: NDArray[np.float32], sides: Floats, penalty: float, start: Solution) -> Solution:
    """Find the weights with which each image is right by a margin of 1, or pays the penalty.

    Args:
        kernel: symmetric, float32 `(n, n)`.
        sides: 1 or -1 for each image, float64 `(n,)`.
        penalty: the upper bound of a weight.
        start: where to begin; the nearer to the solution, the fewer rounds.

    Raises:
        NotSolvedError: the rounds do not end, or the equations have no solution.
    """
    solution, step = start, min(1.0, penalty / 2)
    for _ in range(MOST_ROUNDS):
        signed = (solution.weights * sides).astype(np.float32)
        excess = sides * (signed @ kernel + solution.intercept) - 1
        moved = solution.weights - step * excess
        if np.abs(np.clip(moved, 0, penalty) - solution.weights).max() < INNER_TOLERANCE * step:
            return Solution(np.clip(solution.weights, 0, penalty), solution.intercept)
        free = np.flatnonzero((moved > 0) & (moved < penalty))
        solution = _solve_free(kernel, sides, free, np.where(moved >= penalty, penalty, 0.0))
    raise NotSolvedError


def _solve_free(
    kernel: NDArray[np.float32], sides: Floats, free: NDArray[np.intp], weights: Floats
) -> Solution:
    """Find the weights of some images, all others given: each of them at the margin exactly.

    The weights of both sides must have equal sums, which decides the intercept.
    """
    own = kernel.take(free, 0).take(free, 1).astype(np.float64)
    own[np.diag_indices_from(own)] += RIDGE
    bound = np.flatnonzero(weights)
    given = weights[bound] * sides[bound]
    wanted = sides[free] - given @ kernel[bound][:, free]
    try:
        factor = cho_factor(own.T, overwrite_a=True, check_finite=False)
    except LinAlgError as error:
        raise NotSolvedError from error
    by_wanted, by_one = cho_solve(
        factor, np.stack([wanted, np.ones(len(free))], axis=1), check_finite=False
    ).T
    if not by_one.sum() > 0:
        raise NotSolvedError
    intercept = (by_wanted.sum() + given.sum()) / by_one.sum()
    weights[free] = sides[free] * (by_wanted - intercept * by_one)
    return Solution(weights, float(intercept))
