"""Variance components: right by statsmodels' analysis of variance, unbiased in simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from digitbench.analysis.sampling import Sampling, one_by_one
from digitbench.analysis.variance import (
    EXACT,
    Variance,
    effective_number,
    variance_over_groups,
    variance_over_trials,
)


def mean_squares(matrix: np.ndarray) -> dict[str, float]:
    """Return the mean squares of a two-way layout without replication, by statsmodels."""
    trials, images = np.indices(matrix.shape)
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.formula.api import ols

    frame = pd.DataFrame({"y": matrix.ravel(), "trial": trials.ravel(), "image": images.ravel()})
    table = sm.stats.anova_lm(ols("y ~ C(trial) + C(image)", frame).fit())
    return {name: float(table["mean_sq"].iloc[i]) for i, name in enumerate(("t", "i", "rest"))}


def over_images(matrix: np.ndarray, of_rest: float) -> Variance:
    """Return what further images would lower, of images drawn one by one."""
    sampling = one_by_one(matrix.shape[1])
    found = variance_over_groups(sampling.sums(matrix).sum(axis=0), len(matrix), of_rest, sampling)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_the_analysis_of_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trials, images = 4, 15
    hard = rng.random(images)
    matrix = (rng.random((trials, images)) < hard).astype(np.int8) - (rng.random(images) < 0.2)
    due = mean_squares(matrix.astype(float))
    found = variance_over_trials(matrix)
    assert found.of_mean is not None
    assert found.of_mean.value == pytest.approx(due["t"] / matrix.size, rel=1e-9)
    assert found.of_mean.freedom == trials - 1
    assert found.of_rest == pytest.approx(due["rest"] / matrix.size, rel=1e-9)
    of_images = over_images(matrix, found.of_rest)
    difference = (due["i"] - due["rest"]) / matrix.size
    assert of_images.value == pytest.approx(max(0.0, difference), rel=1e-9, abs=1e-15)


@settings(max_examples=30)
@given(arrays(np.bool_, (3, 8)))
def test_the_part_of_the_trials_is_that_of_their_means(matrix: np.ndarray) -> None:
    found = variance_over_trials(matrix)
    assert found.of_mean is not None
    due = np.var(matrix.mean(axis=1), ddof=1) / 3
    assert found.of_mean.value == pytest.approx(due, rel=1e-9, abs=1e-15)
    assert found.of_rest >= 0


@settings(max_examples=60)
@given(
    arrays(np.bool_, (3, 8))
    | arrays(np.int8, (4, 6), elements=st.integers(-1, 1))
    | arrays(np.int8, (2, 1), elements=st.integers(-1, 1))
)
def test_outcomes_are_analysed_as_scores_of_the_same_values(matrix: np.ndarray) -> None:
    count = matrix.shape[1]
    pairs = Sampling(np.arange(count) // 2, np.zeros((count + 1) // 2, np.intp), "writer")
    for sampling in (None, pairs):
        found = variance_over_trials(matrix, sampling)
        due = variance_over_trials(matrix.astype(np.float64), sampling)
        assert found.of_mean is not None
        assert due.of_mean is not None
        assert found.of_mean.value == pytest.approx(due.of_mean.value, rel=1e-12, abs=1e-18)
        assert found.of_rest == pytest.approx(due.of_rest, rel=1e-12, abs=1e-18)
        assert found.of_groups == pytest.approx(due.of_groups, rel=1e-12, abs=1e-18)
    if (matrix == matrix[0]).all():
        assert found.of_rest == 0


def test_one_trial_does_not_tell_how_trials_scatter() -> None:
    found = variance_over_trials(np.array([[True, False, True]]))
    assert found.of_mean is None
    assert found.of_rest == 0


@pytest.mark.parametrize("shape", [(0, 10), (3, 0)])
def test_what_has_no_variance_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="has no variance"):
        variance_over_trials(np.zeros(shape, bool))


def test_the_estimate_of_a_means_variance_is_unbiased() -> None:
    """Against the true variance of a mean over trials and images of a known crossed design."""
    rng = np.random.default_rng(1)
    trials, images, runs = 4, 50, 3000
    estimates, means = [], []
    for _ in range(runs):
        effects = 0.5 * rng.standard_normal((trials, 1)) + 0.8 * rng.standard_normal(images)
        matrix = effects + rng.standard_normal((trials, images))
        over_trials = variance_over_trials(matrix)
        assert over_trials.of_mean is not None
        of_images = over_images(matrix, over_trials.of_rest)
        estimates.append(over_trials.of_mean.value + of_images.value)
        means.append(matrix.mean())
    true = 0.5**2 / trials + 0.8**2 / images + 1 / (trials * images)
    assert np.mean(estimates) == pytest.approx(true, rel=0.05)
    assert np.var(means) == pytest.approx(true, rel=0.1)


def test_freedom_of_a_sum_is_satterthwaites() -> None:
    total = Variance(4.0, 3) + Variance(1.0, 10)
    assert total.value == 5.0
    assert total.freedom == pytest.approx(25 / (16 / 3 + 1 / 10), rel=1e-12)
    assert (Variance(4.0, 3) + EXACT).freedom == pytest.approx(3)
    assert (EXACT + EXACT).value == 0


@given(st.floats(0, 1e-3), st.integers(1, 40), st.floats(0, 1e-3), st.floats(1, 1e4))
def test_a_spread_that_is_small_by_luck_does_not_raise_the_freedom(
    trials: float, freedom: int, images: float, of_images: float
) -> None:
    part, rest = Variance(trials, freedom), Variance(images, of_images)
    total, plain = part.and_of_images(rest), part + rest
    assert total.value == plain.value
    assert total.freedom >= min(freedom, of_images) * (1 - 1e-9)
    if of_images > freedom and trials > 0 and images > 0:
        limit = Variance(trials * freedom / stats.chi2.ppf(0.3, freedom), freedom)
        assert total.freedom == pytest.approx((limit + rest).freedom, rel=1e-9)
    if trials == 0:
        assert total.freedom == plain.freedom
    if images == 0 < trials:
        assert total.freedom == pytest.approx(freedom)
    assert EXACT.and_of_images(rest) == EXACT + rest


def test_effective_number_counts_equal_values() -> None:
    assert effective_number(np.array([0.0, 1, -1, 1, 0])) == pytest.approx(3)
    assert effective_number(np.zeros(4)) == 0


def test_trials_that_agree_but_for_rounding_have_no_spread() -> None:
    """0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1."""
    matrix = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    first, second = matrix.sum(axis=1)
    assert first != second
    of_mean = variance_over_trials(matrix).of_mean
    assert of_mean is not None
    assert of_mean.value == 0
