"""The images on which two models differ: by hand, and the same seen from the other side."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from digitbench.analysis.image_difference import ChangedImage, image_difference
from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError

MakeOutcomes = Callable[..., Outcomes]
IMAGES = 8
ROWS = st.integers(1, 5).flatmap(
    lambda n: arrays(np.uint8, (n, IMAGES), elements=st.integers(0, 3))
)
LABELS = arrays(np.uint8, IMAGES, elements=st.integers(0, 3))


def test_by_hand(make_outcomes: MakeOutcomes) -> None:
    labels = [1, 2, 3, 4]
    first = make_outcomes("first", [[1, 0, 3, 4], [1, 2, 3, 4], [0, 2, 3, 0]], labels)
    second = make_outcomes("second", [[7, 2, 9, 4]], labels)
    found = image_difference(first, second)
    assert found.newly_wrong == (
        ChangedImage(2, 3, 0, 1, None, 9, 1.0),
        ChangedImage(0, 1, 1, 1, 0, 7, 1 - 1 / 3),
    )
    assert found.newly_right == ()


@settings(max_examples=50, deadline=None)
@given(ours=ROWS, theirs=ROWS, labels=LABELS)
def test_what_one_side_loses_the_other_gains(
    make_outcomes: MakeOutcomes,
    ours: NDArray[np.uint8],
    theirs: NDArray[np.uint8],
    labels: NDArray[np.uint8],
) -> None:
    a, b = make_outcomes("a", ours, labels), make_outcomes("b", theirs, labels)
    there, back = image_difference(a, b), image_difference(b, a)

    def turned(image: ChangedImage) -> ChangedImage:
        return ChangedImage(
            image.index,
            image.label,
            image.second_missed,
            image.first_missed,
            image.second_wrong,
            image.first_wrong,
            -image.change,
        )

    assert back.newly_right == tuple(map(turned, there.newly_wrong))
    assert back.newly_wrong == tuple(map(turned, there.newly_right))


@settings(max_examples=50, deadline=None)
@given(ours=ROWS, theirs=ROWS, labels=LABELS)
def test_counts_are_those_of_the_trials_and_the_largest_change_comes_first(
    make_outcomes: MakeOutcomes,
    ours: NDArray[np.uint8],
    theirs: NDArray[np.uint8],
    labels: NDArray[np.uint8],
) -> None:
    found = image_difference(make_outcomes("a", ours, labels), make_outcomes("b", theirs, labels))
    for images in (found.newly_wrong, found.newly_right):
        changes = [abs(image.change) for image in images]
        assert changes == sorted(changes, reverse=True)
        for image in images:
            columns = ours[:, image.index], theirs[:, image.index]
            misses = [int((column != image.label).sum()) for column in columns]
            assert [image.first_missed, image.second_missed] == misses
            assert image.change == pytest.approx(misses[1] / len(theirs) - misses[0] / len(ours))
            for column, wrong in zip(columns, (image.first_wrong, image.second_wrong), strict=True):
                mistakes = column[column != image.label].tolist()
                expected = max(sorted(set(mistakes)), key=mistakes.count, default=None)
                assert wrong == expected


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, labels=LABELS)
def test_a_model_does_not_differ_from_itself(
    make_outcomes: MakeOutcomes, rows: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    model = make_outcomes("a", rows, labels)
    found = image_difference(model, model)
    assert found.newly_wrong == found.newly_right == ()


def test_other_data_are_refused(make_outcomes: MakeOutcomes) -> None:
    with pytest.raises(UsageError, match="different data"):
        image_difference(
            make_outcomes("a", [[1]], [1]), make_outcomes("b", [[1]], [1], fingerprint="1" * 64)
        )
