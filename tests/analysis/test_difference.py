"""Differences of means: Welch's interval by scipy, and the verdict that follows from it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from digitbench.analysis.difference import (
    MeanDifference,
    ReproductionVerdict,
    mean_difference,
    verdict,
)

PAPER_CNN = (0.9903, 0.9932, 0.9931, 0.9933, 0.9938)
PAPER_SOFTMAX = (0.9182, 0.9213, 0.9195, 0.9216, 0.9196)

accuracies = st.lists(st.floats(0, 1), min_size=2, max_size=12)


@given(accuracies, accuracies)
def test_the_interval_agrees_with_scipy(ours: list[float], theirs: list[float]) -> None:
    assume(min(np.std(ours), np.std(theirs)) > 1e-6)  # scipy warns of less
    found = mean_difference(ours, theirs)
    expected = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    assert found.mean == pytest.approx(np.mean(ours) - np.mean(theirs), abs=1e-12)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(accuracies, accuracies)
def test_exchanging_the_samples_turns_the_sign(ours: list[float], theirs: list[float]) -> None:
    one, other = mean_difference(ours, theirs), mean_difference(theirs, ours)
    assert one.mean == -other.mean
    assert one.interval is not None
    assert other.interval is not None
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]), abs=1e-12)


@pytest.mark.parametrize("theirs", [PAPER_CNN, PAPER_SOFTMAX])
def test_a_model_without_spread_has_the_interval_of_the_other_mean(
    theirs: tuple[float, ...],
) -> None:
    found = mean_difference([0.95], theirs, exact=True)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(theirs), scale=stats.sem(theirs))
    assert found.interval == pytest.approx((0.95 - high, 0.95 - low), abs=1e-9)
    constant = mean_difference([0.95, 0.95, 0.95], theirs)
    assert constant.interval == pytest.approx(found.interval, abs=1e-12)


def test_one_seeded_trial_has_no_interval() -> None:
    assert mean_difference([0.95], PAPER_CNN).interval is None
    assert mean_difference(PAPER_CNN, [0.95]).interval is None
    assert mean_difference([0.95], [0.95], exact=True).interval is None


def test_samples_without_any_spread_have_an_interval_of_no_width() -> None:
    assert mean_difference([0.5, 0.5], [0.25, 0.25, 0.25]) == MeanDifference(0.25, (0.25, 0.25))


@pytest.mark.parametrize(("ours", "theirs"), [([], [0.5]), ([0.5], [])])
def test_an_empty_sample_is_refused(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(ValueError, match="empty"):
        mean_difference(ours, theirs)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((-0.1, 0.1), ReproductionVerdict.REPRODUCED),
        (
            (0.05, 0.2),
            ReproductionVerdict.REPRODUCED,
        ),  # surely other than 0, and as surely too little
        ((-0.2, 0.2), ReproductionVerdict.REPRODUCED),
        ((0.1, 0.3), ReproductionVerdict.BETTER),
        ((0.3, 0.4), ReproductionVerdict.BETTER),
        ((-0.3, -0.1), ReproductionVerdict.WORSE),
        ((-0.1, 0.3), ReproductionVerdict.NOT_SETTLED),
        ((-0.3, 0.1), ReproductionVerdict.NOT_SETTLED),
        ((0.0, 0.3), ReproductionVerdict.NOT_SETTLED),
        (None, ReproductionVerdict.NOT_SETTLED),
    ],
)
def test_the_verdict_follows_from_the_interval(
    interval: tuple[float, float] | None, expected: ReproductionVerdict
) -> None:
    assert verdict(MeanDifference(0.0, interval), 0.2) == expected


def test_without_a_result_or_a_margin_nothing_is_settled() -> None:
    assert verdict(None, 0.2) == ReproductionVerdict.NOT_SETTLED
    assert verdict(MeanDifference(0.1, (0.1, 0.1)), None) == ReproductionVerdict.NOT_SETTLED


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0.001, 1))
def test_better_and_worse_are_mirror_images(mean: float, half: float, margin: float) -> None:
    mirrored = {
        ReproductionVerdict.BETTER: ReproductionVerdict.WORSE,
        ReproductionVerdict.WORSE: ReproductionVerdict.BETTER,
    }
    one = verdict(MeanDifference(mean, (mean - half, mean + half)), margin)
    other = verdict(MeanDifference(-mean, (-mean - half, -mean + half)), margin)
    assert other == mirrored.get(one, one)
