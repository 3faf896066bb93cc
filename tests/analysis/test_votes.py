"""Votes and modal predictions: by scipy and by hand, ties to the earliest row."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.votes import check_same_images, missed, modal, votes
from digitbench.errors import UsageError

MakeOutcomes = Callable[..., Outcomes]
PREDICTIONS = arrays(
    np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 12)), elements=st.integers(0, 9)
)


@settings(max_examples=50, deadline=None)
@given(predictions=PREDICTIONS)
def test_votes_count_every_trial_once(
    make_outcomes: MakeOutcomes, predictions: NDArray[np.uint8]
) -> None:
    counts = votes(make_outcomes("a", predictions, predictions[0]))
    assert (counts.sum(axis=1) == len(predictions)).all()
    for digit in range(10):
        np.testing.assert_array_equal(counts[:, digit], (predictions == digit).sum(axis=0))


@settings(max_examples=50, deadline=None)
@given(predictions=PREDICTIONS)
def test_the_modal_prediction_is_the_most_frequent_and_first_of_equals(
    predictions: NDArray[np.uint8],
) -> None:
    found = modal(predictions)
    most = stats.mode(predictions, axis=0).count
    np.testing.assert_array_equal((predictions == found).sum(axis=0), most)
    for image, column in enumerate(predictions.T):
        digits, counts = np.unique(column, return_counts=True)
        tied = set(digits[counts == counts.max()].tolist())
        assert found[image] == next(digit for digit in column.tolist() if digit in tied)


def test_ties_by_hand() -> None:
    rows = np.array([[3, 7, 1], [5, 2, 4], [5, 7, 4], [3, 2, 9]], np.uint8)
    assert modal(rows).tolist() == [3, 7, 4]


def test_missed_counts_all_trials_of_all_models(make_outcomes: MakeOutcomes) -> None:
    labels = [1, 2, 3]
    sure = votes(make_outcomes("a", [[1, 2, 0]], labels))
    noisy = votes(make_outcomes("b", [[1, 0, 0], [0, 2, 0], [1, 2, 3]], labels))
    found = missed([sure, noisy], np.array(labels, np.uint8))
    assert found.tolist() == [1 / 4, 1 / 4, 3 / 4]


def test_other_images_are_refused(make_outcomes: MakeOutcomes) -> None:
    ours = make_outcomes("a", [[1, 2]], [1, 2])
    check_same_images((ours, make_outcomes("b", [[0, 0]], [1, 2])))
    for other in (
        make_outcomes("b", [[1, 2]], [1, 2], fingerprint="1" * 64),
        make_outcomes("b", [[1, 2]], [1, 3]),
    ):
        with pytest.raises(UsageError, match="a and b are of different data"):
            check_same_images((ours, other))
