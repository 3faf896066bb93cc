"""Tests and adjustments: right by scipy and statsmodels."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from digitbench.analysis.significance import (
    ABOVE_ZERO,
    Evidence,
    Method,
    Verdict,
    holm,
    holm_steps,
    permutation_p_value,
    sign_flip_p_value,
    sign_test_p_value,
)
from digitbench.analysis.variance import Variance


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_single_images_give_mcnemars_exact_test(only_first: int, only_second: int) -> None:
    differences = np.repeat([1, -1, 0], [only_first, only_second, 5])
    from statsmodels.stats.contingency_tables import mcnemar

    due = mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue
    assert sign_flip_p_value(differences) == pytest.approx(due, rel=1e-9, abs=1e-300)


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_a_sign_flip_test_counts_all_patterns_of_signs(differences: list[int]) -> None:
    patterns = np.array(list(product((-1, 1), repeat=len(differences))))
    sums = np.abs(patterns @ np.array(differences, int))
    due = np.mean(sums >= abs(sum(differences)))
    assert sign_flip_p_value(np.array(differences, float)) == pytest.approx(due, rel=1e-12)


def test_a_sign_flip_test_of_large_groups_is_as_many_draws_say() -> None:
    rng = np.random.default_rng(0)
    differences = rng.integers(-12, 15, 300)
    flips = rng.choice([-1, 1], (20_000, 300))
    due = np.mean(np.abs(flips @ differences) >= abs(differences.sum()))
    assert sign_flip_p_value(differences) == pytest.approx(due, abs=0.015)


def test_a_sign_flip_test_where_all_agree_is_a_sign_test() -> None:
    assert sign_flip_p_value(np.array([3, 1, 7, 2])) == pytest.approx(sign_test_p_value(4))
    assert sign_flip_p_value(np.full(2000, 5)) == pytest.approx(2.0**-1999, rel=1e-9, abs=0)
    assert sign_flip_p_value(np.zeros(3)) == 1


@pytest.mark.parametrize(("sizes", "due"), [((2, 2), 1 / 3), ((3, 3), 0.1), ((5, 5), 2 / 252)])
def test_samples_that_do_not_overlap_have_a_permutation_test(
    sizes: tuple[int, int], due: float
) -> None:
    assert permutation_p_value(*sizes) == pytest.approx(due, rel=1e-9)


@settings(max_examples=25)
@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    due = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(due, rel=1e-9)


def test_holm_passes_over_what_has_no_p_value() -> None:
    assert holm([0.01, None, 0.02]) == pytest.approx([0.02, None, 0.02])
    assert holm([]) == []


@given(st.floats(0, 0.01), st.floats(1e-10, 1e-3), st.floats(1, 1e4))
def test_a_t_test_is_scipys(difference: float, variance: float, freedom: float) -> None:
    evidence = Evidence.by_t(Method.WELCH, difference, Variance(variance, freedom))
    error = np.sqrt(variance)
    due = 2 * stats.t.sf(abs(difference) / error, freedom)
    assert evidence.p_value == pytest.approx(due, rel=1e-8)
    low, high = stats.t.interval(0.95, freedom, difference, error)
    assert evidence.interval(0.05) == pytest.approx((max(low, -1), min(high, 1)), rel=1e-9)


def test_no_difference_on_any_image_leaves_the_rule_of_three() -> None:
    evidence = Evidence(Method.MCNEMAR, 0.0, 1.0, Variance(0, 1), 10_000)
    interval = evidence.interval(0.05)
    assert interval is not None
    low, high = interval
    assert low == -high
    exact = stats.binomtest(0, 10_000).proportion_ci(0.95, method="exact").high
    assert high == pytest.approx(exact, rel=1e-9)


def test_a_variance_that_is_not_known_leaves_everything_open() -> None:
    assert Evidence(Method.MCNEMAR, 0.2, 1.0).interval(0.05) == (-1, 1)
    assert Evidence(Method.UNKNOWN, 0.2, None).interval(0.05) is None


@given(
    st.floats(1e-6, 0.5),
    st.floats(1e-10, 1e-2),
    st.sampled_from([Verdict.BETTER, Verdict.INDISTINGUISHABLE]),
)
def test_an_interval_is_bent_to_its_verdict(
    difference: float, variance: float, verdict: Verdict
) -> None:
    evidence = Evidence(Method.SIGN_FLIP, difference, 0.5, Variance(variance, 5))
    claim = evidence.claim("new writers", 0.05, 0.5, verdict)
    raw = evidence.interval(0.05)
    assert claim.interval is not None
    assert raw is not None
    assert (claim.interval[0] > 0) == (verdict is Verdict.BETTER)
    assert claim.interval[1] == raw[1]
    agreed = (raw[0] > 0) == (verdict is Verdict.BETTER)
    assert claim.interval[0] == (raw[0] if agreed else claim.interval[0])
    assert agreed or claim.interval[0] in (0.0, ABOVE_ZERO)
    assert claim.population == "new writers"


LISTS_OF_P = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12)


@given(LISTS_OF_P, st.floats(0.001, 0.2))
def test_each_step_of_holm_is_a_test_at_its_own_level(
    p_values: list[float | None], level: float
) -> None:
    from statsmodels.stats.multitest import multipletests

    steps = holm_steps(p_values, level)
    known = [p for p in p_values if p is not None]
    due = multipletests(known, alpha=level, method="holm")[0] if known else []
    assert [s.claimed for s in steps if s.p_adjusted is not None] == list(due)
    for p, step in zip(p_values, steps, strict=True):
        assert level / max(1, len(known)) <= step.level <= level
        if p is not None and abs(p - step.level) > 1e-12:
            assert step.claimed == (p < step.level)


def test_a_test_that_is_not_claimed_has_the_level_at_which_the_first_one_failed() -> None:
    steps = holm_steps([0.001, 0.9, 0.02, None, 0.03], 0.05)
    assert [step.claimed for step in steps] == [True, False, False, False, False]
    assert [step.level for step in steps] == pytest.approx(
        [0.0125, *[0.05 / 3] * 2, 0.05, 0.05 / 3]
    )
    (last, *_) = holm_steps([0.02, 0.001, 0.002], 0.05)
    assert (last.claimed, last.level) == (True, 0.05)
