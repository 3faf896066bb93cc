"""Duels trained from few images on, held against scikit-learn's on all of them."""

from typing import Any

import numpy as np
import pytest
from sklearn.svm import SVC

from digitbench import Split
from digitbench_sklearn import training
from digitbench_sklearn.active_set import NotSolvedError
from digitbench_sklearn.backends import pixels
from digitbench_sklearn.duels import Duels


def trained(train: Split, *, threads: int = 1, memory_mb: int = 100) -> Duels:
    return training.train(
        train.images, train.labels, 5.0, 0.02, memory_mb=memory_mb, threads=threads
    )


@pytest.fixture(scope="module")
def small(digits: Any) -> Split:
    return Split(digits.train.images[:500], digits.train.labels[:500])


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FIRST", 3)
    monkeypatch.setattr(training, "MORE", 7)


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("chosen", [range(10), (2, 5, 7), (3, 8)])
def test_the_duels_are_those_of_scikit_learn(small: Split, digits: Any, chosen: Any) -> None:
    of = np.isin(small.labels, list(chosen))
    train = Split(small.images[of], small.labels[of])
    ours = trained(train)
    ours.check()
    machine = SVC(C=5, gamma=0.02, tol=1e-6).fit(pixels(train.images), train.labels)
    theirs = Duels.of(machine, train.images)
    np.testing.assert_array_equal(ours.digits, theirs.digits)
    np.testing.assert_allclose(
        ours.decide(digits.test.images, 0.02, 1),
        theirs.decide(digits.test.images, 0.02, 1),
        atol=2e-3,
    )


@pytest.mark.usefixtures("in_small_steps")
def test_no_image_that_is_left_out_lies_within_the_margin(small: Split) -> None:
    duels = trained(small)
    decisions = duels.decide(small.images, 0.02, 1)
    left_out = ~(small.images[:, None] == duels.support_vectors).all(axis=(2, 3)).any(axis=1)
    assert 0 < np.count_nonzero(left_out) < len(small)
    for duel, (low, high) in enumerate(duels.pairs):
        for position, side in ((low, 1), (high, -1)):
            own = left_out & (small.labels == duels.digits[position])
            assert np.all(side * decisions[own, duel] > 1 - 1e-3)


def test_the_number_of_threads_changes_no_bit(small: Split) -> None:
    one, two = (trained(small, threads=threads).arrays() for threads in (1, 2))
    for name, array in one.items():
        np.testing.assert_array_equal(array, two[name])


def test_a_digit_with_one_image_has_a_duel(small: Split) -> None:
    chosen = np.append(
        np.flatnonzero(small.labels == 4)[:20], np.flatnonzero(small.labels == 9)[:1]
    )
    duels = trained(Split(small.images[chosen], small.labels[chosen]))
    assert duels.counts[1] == 1
    np.testing.assert_array_equal(duels.digits, [4, 9])
    own = duels.winners(duels.decide(small.images[chosen], 0.02, 1))
    np.testing.assert_array_equal(own, small.labels[chosen])


def test_a_single_digit_is_not_for_it(small: Split) -> None:
    of = small.labels == 4
    with pytest.raises(NotSolvedError):
        trained(Split(small.images[of], small.labels[of]))


def test_too_many_support_vectors_are_not_for_it(
    small: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MOST_SUPPORT_VECTORS", 5)
    with pytest.raises(NotSolvedError):
        trained(small)


def test_too_little_memory_is_not_for_it(small: Split) -> None:
    many = np.tile(np.arange(len(small)), 100)
    with pytest.raises(NotSolvedError):
        trained(Split(small.images[many], small.labels[many]), memory_mb=1)
