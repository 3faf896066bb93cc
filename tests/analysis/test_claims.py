"""Tests and adjustments: right by scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from digitbench.analysis.claims import Method, alike_claim, holm, mcnemar_p_value, t_claim
from digitbench.analysis.variance import Variance


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_statsmodels(only_first: int, only_second: int) -> None:
    due = mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue
    assert mcnemar_p_value(only_first, only_second) == pytest.approx(due, rel=1e-9, abs=1e-300)


@settings(max_examples=25)
@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    due = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(due, rel=1e-9)


def test_holm_passes_over_what_has_no_p_value() -> None:
    assert holm([0.01, None, 0.02]) == pytest.approx([0.02, None, 0.02])
    assert holm([]) == []


@given(st.floats(-0.01, 0.01), st.floats(1e-10, 1e-3), st.floats(1, 1e4))
def test_a_t_claim_is_scipys(difference: float, variance: float, freedom: float) -> None:
    claim = t_claim(Method.WELCH, difference, Variance(variance, freedom), 0.05)
    error = np.sqrt(variance)
    due = 2 * stats.t.sf(abs(difference) / error, freedom)
    assert claim.p_value == pytest.approx(due, rel=1e-8)
    low, high = stats.t.interval(0.95, freedom, difference, error)
    assert claim.interval == pytest.approx((low, high), rel=1e-9)
    assert claim.p_adjusted is None


def test_no_difference_on_any_image_leaves_the_rule_of_three() -> None:
    claim = alike_claim(Method.MCNEMAR, 0.0, 10_000, 0.05)
    assert claim.p_value == 1.0
    assert claim.interval is not None
    low, high = claim.interval
    assert low == -high
    exact = stats.binomtest(0, 10_000).proportion_ci(0.95, method="exact").high
    assert high == pytest.approx(exact, rel=1e-9)
