"""Which predictions are right, a bit each: the sums are those of the whole matrix."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from builders import made_record
from digitbench.analysis.comparison import compare
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.analysis.right import Right
from digitbench.analysis.sampling import Sampling

IMAGES = 1_000
MADE = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(0, 2)
)


@settings(max_examples=50)
@given(MADE)
def test_sums_are_those_of_the_whole_matrix(predictions: np.ndarray) -> None:
    labels = predictions[0][::-1].copy()
    due = predictions == labels
    right = Right.of(predictions, labels)
    assert right.matrix().tolist() == due.tolist()
    assert right.of_trials.tolist() == due.sum(axis=1).tolist()
    assert right.of_images.tolist() == due.sum(axis=0).tolist()
    turned = right.rows(range(len(due))[::-1])
    assert turned.matrix().tolist() == due[::-1].tolist()
    assert right.differing(turned) == np.count_nonzero(due != due[::-1])
    assert right.differing(right.rows(range(len(due)))) == 0


def test_more_trials_than_a_block_are_summed() -> None:
    predictions = (np.random.default_rng(0).random((600, 11)) < 0.02).astype(np.uint8)
    labels = np.zeros(11, np.uint8)
    right, due = Right.of(predictions, labels), predictions == labels
    assert np.concatenate(list(right.blocks())).tolist() == due.tolist()
    assert right.of_images.tolist() == due.sum(axis=0).tolist()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.97, 1.0])
def test_groups_are_counted_as_any_matrix_is_summed(share: float) -> None:
    rng = np.random.default_rng(1)
    matrix = rng.random((7, 30)) < share
    sampling = Sampling(rng.permutation(30) % 4, np.zeros(4, np.intp), "writer")
    found, due = sampling.sums(matrix), sampling.sums(matrix.astype(np.int8))
    assert found.dtype == due.dtype == np.float64
    assert found.tolist() == due.tolist()


def test_a_model_counts_what_its_predictions_are(
    make_outcomes: Callable[..., Outcomes],
) -> None:
    rng = np.random.default_rng(2)
    predictions, labels = rng.integers(0, 3, (90, 17)), rng.integers(0, 3, 17)
    model = make_outcomes("cnn", predictions, labels)
    due = predictions == labels
    assert model.predictions.tolist() == predictions.tolist()
    assert model.correct.tolist() == due.tolist()
    assert model.accuracies.tolist() == due.mean(axis=1).tolist()
    assert model.image_accuracy.tolist() == due.mean(axis=0).tolist()
    assert model.group_totals.tolist() == model.group_right.sum(axis=0).tolist()


def peak_bytes(trials: int) -> int:
    """Return the most memory that a comparison of two models takes besides their run."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 10, IMAGES)
    rows = rng.integers(0, 10, (trials, IMAGES))
    record = made_record({"cnn": rows, "knn": rows[::-1]}, labels)
    tracemalloc.start()
    try:
        compare(outcomes(record))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_comparison_copies_no_predictions() -> None:
    """A bit for each prediction of both models, and passing copies of these bits."""
    peak_bytes(100)  # what is made once
    of_trial = (peak_bytes(200) - peak_bytes(100)) / 100
    assert of_trial < 0.7 * IMAGES
