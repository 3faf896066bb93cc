"""The test behind the gate: against scipy, by simulation, and where there is hardly any noise."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from digitbench.analysis.gate.power import (
    Contrast,
    contrast,
    detectable_factor,
    flip_std,
    pooled_std,
    shortfall,
)

accuracies = st.lists(st.floats(0, 1), min_size=2, max_size=12)


@given(accuracies, accuracies)
def test_the_p_value_is_that_of_the_pooled_t_test(now: list[float], then: list[float]) -> None:
    assume(min(np.std(now), np.std(then)) > 1e-6)
    expected = stats.ttest_ind(then, now, equal_var=True, alternative="greater").pvalue
    assert contrast(now, then).p_value(0.0) == pytest.approx(expected, abs=1e-9)


@given(accuracies, st.floats(0, 1))
def test_a_shortfall_is_a_one_sample_t_test(now: list[float], floor: float) -> None:
    assume(np.std(now) > 1e-6)
    expected = stats.ttest_1samp(now, floor, alternative="less").pvalue
    assert shortfall(now, floor).p_value(0.0) == pytest.approx(expected, abs=1e-9)


def test_the_baseline_helps_to_know_the_spread_of_a_shortfall() -> None:
    alone, helped = shortfall([0.9, 0.92], 0.91), shortfall([0.9, 0.92], 0.91, [0.8, 0.82, 0.84])
    assert (alone.freedom, helped.freedom) == (1, 3)
    assert alone.drop == helped.drop == pytest.approx(0.0)
    assert helped.std == pytest.approx(sqrt((0.0002 + 0.0008) / 3))


@given(accuracies, accuracies, st.floats(0.001, 0.4))
def test_the_upper_bound_is_where_the_p_value_of_the_other_side_is_the_level(
    now: list[float], then: list[float], level: float
) -> None:
    assume(min(np.std(now), np.std(then)) > 1e-6)
    found = contrast(now, then)
    upper = found.upper(level)
    assert upper is not None
    p_value = found.p_value(upper)
    assert p_value is not None
    assert 1 - p_value == pytest.approx(level, rel=1e-3)


def test_one_trial_a_side_tells_nothing_of_the_noise() -> None:
    found = contrast([0.5], [0.9])
    assert (found.std, found.p_value(0), found.upper(0.1), found.smallest_drop(0.01)) == (None,) * 4
    assert contrast([0.5], [0.9, 0.91]).freedom == 1


@pytest.mark.parametrize(("drop", "p_value"), [(-0.1, 1.0), (0.0, 1.0), (1e-12, 1.0), (1e-4, 0.0)])
def test_without_noise_any_drop_counts_but_not_rounding(drop: float, p_value: float) -> None:
    assert Contrast(drop, 0.0, 1, 0.0).p_value(0.0) == p_value


def test_a_tolerance_is_not_overstepped_by_rounding() -> None:
    assert Contrast(0.9264 - 0.9261, 0.0, 1, 0.0).p_value(0.0003) == 1.0


@pytest.mark.parametrize(("freedom", "level"), [(4, 0.005), (8, 0.01), (18, 0.0025)])
def test_with_a_known_spread_the_smallest_drop_is_that_of_the_noncentral_t(
    freedom: int, level: float
) -> None:
    factor = detectable_factor(10**6, freedom, level)
    quantile = stats.t.ppf(1 - level, freedom)
    assert stats.nct.sf(quantile, freedom, factor) == pytest.approx(0.9, abs=0.003)


@pytest.mark.parametrize("trials", [3, 5, 10])
def test_false_alarms_and_drops_found_are_as_stated(trials: int) -> None:
    random = np.random.default_rng(trials)
    level, checks = 0.005, 20_000
    factor = detectable_factor(2 * trials - 2, 2 * trials - 2, level)
    then, now, later = random.standard_normal((3, checks, trials))

    def alarms(after: np.ndarray, lost: np.ndarray | float) -> np.ndarray:
        return np.asarray(
            stats.ttest_ind(
                then + np.reshape(lost, (-1, 1)), after, axis=1, alternative="greater"
            ).pvalue
            <= level
        )

    spread = np.sqrt((then.var(axis=1, ddof=1) + now.var(axis=1, ddof=1)) / 2)
    rate = alarms(now, 0.0).mean()
    assert rate == pytest.approx(level, abs=3 * sqrt(level / checks))
    stated = factor * spread * sqrt(2 / trials)
    assert 0.9 <= alarms(later, stated).mean() < 0.97


def test_a_smaller_level_and_fewer_trials_make_the_smallest_drop_larger() -> None:
    assert detectable_factor(4, 4, 0.005) > detectable_factor(4, 4, 0.01)
    assert detectable_factor(4, 4, 0.005) > detectable_factor(18, 18, 0.005)


def test_pooled_std() -> None:
    std, freedom = pooled_std([[1.0, 3.0], [10.0, 10.0, 13.0], [5.0], []])
    assert std == pytest.approx(sqrt(8 / 3))
    assert freedom == 3
    assert pooled_std([[1.0, 1.0]], 0.25) == (0.25, 1)
    assert pooled_std([[1.0], [2.0]], 0.25) == (None, 0)


def test_the_flips_of_images_bound_the_spread_from_below_up_to_one_image() -> None:
    wrong = np.array([0, 2, 4, 0])
    assert flip_std(wrong, 4) == pytest.approx(sqrt(0.25 * 4 / 3) / 4)
    assert flip_std(np.array([2] * 100), 4) == 1 / 100
    assert flip_std(np.array([0, 6]), 6) == 0.0
    assert flip_std(np.array([1, 0]), 1) == 0.0


def test_trials_that_agree_by_chance_do_not_raise_an_alarm() -> None:
    """One image that flips: right in all trials of the baseline, wrong in all of the check's."""
    images = 10_000
    wrong = np.zeros(images, np.int64)
    wrong[0] = 3
    held = contrast([0.9899] * 3, [0.99] * 3, smallest_std=flip_std(wrong, 6))
    assert (held.p_value(0.0) or 0) > 0.01
    wrong[:5] = 3
    held = contrast([0.9895] * 3, [0.99] * 3, smallest_std=flip_std(wrong, 6))
    assert (held.p_value(0.0) or 1) < 0.005
