"""Figures digit by digit: right by scikit-learn, absent where they do not exist."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from digitbench.analysis.classes import class_figures, confusions
from digitbench.analysis.outcomes import Outcomes

MakeOutcomes = Callable[..., Outcomes]
DIGITS = list(range(10))


@st.composite
def trials(draw: st.DrawFn) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw predictions `(n_trials, n_images)` and labels that need not hold every digit."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_trials, n_images = draw(st.integers(1, 5)), draw(st.integers(1, 60))
    digits = draw(st.lists(st.integers(0, 9), min_size=1, unique=True))
    labels = random.choice(digits, n_images).astype(np.uint8)
    noise = random.integers(0, 10, (n_trials, n_images))
    keep = random.random((n_trials, n_images)) < draw(st.floats(0, 1))
    return np.where(keep, labels, noise).astype(np.uint8), labels


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_figures_agree_with_scikit_learn(
    make_outcomes: MakeOutcomes, drawn: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    figures = class_figures(make_outcomes("a", predictions, labels))
    expected = np.array(
        [
            precision_recall_fscore_support(labels, row, labels=DIGITS, zero_division=np.nan)
            for row in predictions
        ]
    )
    for digit, found in enumerate(figures.digits):
        precision, recall, f1, support = expected[:, :, digit].T
        if found is None:
            assert support[0] == 0
            continue
        assert (found.digit, found.support) == (digit, support[0])
        assert found.recall.mean == pytest.approx(recall.mean(), abs=1e-9)
        assert found.f1.mean == pytest.approx(f1.mean(), abs=1e-9)
        told = precision[~np.isnan(precision)]
        if found.precision is None:
            assert len(told) == 0
        else:
            assert found.precision.mean == pytest.approx(told.mean(), abs=1e-9)
        if len(predictions) > 1:
            assert found.recall.std == pytest.approx(recall.std(ddof=1), abs=1e-9)
            assert found.f1.std == pytest.approx(f1.std(ddof=1), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_the_confusion_matrix_is_the_mean_of_scikit_learns(
    make_outcomes: MakeOutcomes, drawn: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    outcomes = make_outcomes("a", predictions, labels)
    expected = [confusion_matrix(labels, row, labels=DIGITS) for row in predictions]
    np.testing.assert_array_equal(confusions(outcomes), expected)
    confusion = class_figures(outcomes).confusion
    np.testing.assert_allclose(confusion, np.mean(expected, axis=0), atol=1e-9)
    assert confusion.sum() == pytest.approx(len(labels))


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_the_cells_hold_exactly_the_mistakes(
    make_outcomes: MakeOutcomes, drawn: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    figures = class_figures(make_outcomes("a", predictions, labels))
    mistakes = {
        (i, int(predictions[t, i])): int((predictions[:, i] == predictions[t, i]).sum())
        for t, i in np.argwhere(predictions != labels).tolist()
    }
    found = {
        (image, cell.predicted): trials
        for cell in figures.cells.values()
        for image, trials in zip(cell.images.tolist(), cell.trials.tolist(), strict=True)
    }
    assert found == mistakes
    for (true, predicted), cell in figures.cells.items():
        assert (true, predicted) == (cell.true, cell.predicted)
        assert (labels[cell.images] == true).all()
        assert cell.trials.sum() == pytest.approx(
            figures.confusion[true, predicted] * len(predictions)
        )
        order = list(zip((-cell.trials).tolist(), cell.images.tolist(), strict=True))
        assert order == sorted(order)


def test_what_does_not_exist_is_none(make_outcomes: MakeOutcomes) -> None:
    figures = class_figures(make_outcomes("a", [[0, 0, 5], [0, 1, 5]], [0, 1, 1]))
    zero, one, *others = figures.digits
    assert others == [None] * 8
    assert zero is not None
    assert one is not None
    assert zero.precision is not None
    assert (zero.support, zero.recall.mean, zero.precision.mean) == (1, 1.0, 0.75)
    assert one.precision is not None
    assert one.precision.mean == 1.0  # of the second trial, the only one that says 1
    assert one.precision.std is None
    assert one.recall.mean == 0.25
    never = class_figures(make_outcomes("a", [[0, 0]], [0, 1])).digits[1]
    assert never is not None
    assert never.precision is None
    assert (never.recall.mean, never.recall.std, never.f1.mean) == (0.0, None, 0.0)


def test_a_model_without_mistakes_has_no_cells(make_outcomes: MakeOutcomes) -> None:
    assert class_figures(make_outcomes("a", [[4, 2], [4, 2]], [4, 2])).cells == {}
