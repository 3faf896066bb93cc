"""The solver for one pair, held against libsvm and against what a solution has to fulfil."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.svm import SVC

from digitbench_sklearn.active_set import NotSolvedError, Solution, solve


def problem(seed: int, count: int, gamma: float) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    points = random.normal(size=(count, 3))
    sides = np.where(points[:, 0] + random.normal(size=count) > 0, 1.0, -1.0)
    sides[:2] = 1, -1
    distances = ((points[:, None] - points) ** 2).sum(axis=2)
    return np.exp(-gamma * distances).astype(np.float32), sides


def nothing(count: int) -> Solution:
    return Solution(np.zeros(count), 0.0)


@given(st.integers(0, 2**32), st.integers(2, 60), st.sampled_from([0.3, 2.0]), st.floats(0.5, 50))
@settings(max_examples=50, deadline=None)
def test_each_image_is_at_its_margin_or_at_a_bound(
    seed: int, count: int, gamma: float, penalty: float
) -> None:
    kernel, sides = problem(seed, count, gamma)
    try:
        solution = solve(kernel, sides, penalty, nothing(count))
    except NotSolvedError:
        return
    weights = solution.weights
    excess = sides * ((weights * sides) @ kernel + solution.intercept) - 1
    assert weights.min() >= 0
    assert weights.max() <= penalty
    assert abs(weights @ sides) < 1e-3
    assert np.all(excess[weights < penalty] > -1e-3)
    assert np.all(excess[weights > 0] < 1e-3)


@pytest.mark.parametrize("penalty", [1.0, 5.0, 100.0])
def test_the_weights_are_those_of_libsvm(penalty: float) -> None:
    kernel, sides = problem(3, 80, 2.0)
    ours = solve(kernel, sides, penalty, nothing(80))
    theirs = SVC(C=penalty, kernel="precomputed", tol=1e-8).fit(kernel, sides)
    weights = np.zeros(80)
    weights[theirs.support_] = np.abs(theirs.dual_coef_[0])
    np.testing.assert_allclose(ours.weights, weights, atol=2e-3)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-3)
    assert np.count_nonzero(weights == penalty) > 0 or penalty > 5


def test_a_good_start_leaves_nothing_to_do() -> None:
    kernel, sides = problem(3, 80, 2.0)
    solution = solve(kernel, sides, 5.0, nothing(80))
    again = solve(kernel, sides, 5.0, solution)
    np.testing.assert_array_equal(again.weights, solution.weights)


def test_the_same_image_on_both_sides_is_no_obstacle() -> None:
    kernel, sides = problem(3, 40, 2.0)
    twice = np.append(np.arange(40), 7)
    kernel, sides = kernel[np.ix_(twice, twice)], np.append(sides, -sides[7])
    solution = solve(kernel, sides, 5.0, nothing(41))
    assert solution.weights[7] + solution.weights[40] > 0


def test_where_no_image_can_keep_its_margin_it_gives_up() -> None:
    kernel, sides = problem(3, 80, 2.0)
    with pytest.raises(NotSolvedError):
        solve(kernel, sides, 1e-3, nothing(80))
