"""Student's t and chi-square, held against SciPy's."""

from math import inf

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from digitbench.analysis.quantiles import chi_square_quantile, student_quantile, student_tail

FREEDOMS = st.floats(1, 20) | st.floats(1, 1000) | st.floats(1, 1e9) | st.just(inf)


@given(FREEDOMS, st.floats(0, 12))
def test_the_tail_of_t(freedom: float, t: float) -> None:
    expected = float(scipy.special.stdtr(freedom, -t))
    assert student_tail(freedom, t) == pytest.approx(expected, rel=1e-9, abs=1e-18)


@given(FREEDOMS, st.floats(0.55, 0.999_999))
def test_the_quantile_of_t(freedom: float, probability: float) -> None:
    expected = float(scipy.special.stdtrit(freedom, probability))
    assert student_quantile(freedom, probability) == pytest.approx(expected, rel=1e-10)


@given(FREEDOMS.filter(np.isfinite), st.floats(0.01, 0.5))
def test_the_quantile_of_chi_square(freedom: float, probability: float) -> None:
    expected = float(scipy.special.chdtri(freedom, 1 - probability))
    assert chi_square_quantile(freedom, probability) == pytest.approx(expected, rel=3e-8)


def test_a_t_of_four_trials_as_in_any_table() -> None:
    assert student_quantile(3, 0.975) == pytest.approx(3.182446305, rel=1e-9)
    assert student_tail(1, 1) == pytest.approx(0.25, rel=1e-14)  # of Cauchy's distribution


def test_what_is_beyond_all_numbers_has_no_chance() -> None:
    assert student_tail(4, 1e200) == student_tail(inf, 1e200) == student_tail(1e4, 1e9) == 0
