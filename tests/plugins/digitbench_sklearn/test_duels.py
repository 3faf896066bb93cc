"""What the support vectors decide, held against the libraries that found them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import SVC

from digitbench import Images, KeptModelError, Split
from digitbench_sklearn.backends import pixels
from digitbench_sklearn.duels import Duels

SOME_DIGITS = [range(10), (2, 5, 7), (3, 8)]


def machine_of(digits: Any, chosen: Any) -> tuple[SVC, Duels, Images]:
    of = np.isin(digits.train.labels, list(chosen))
    train = Split(digits.train.images[of][:400], digits.train.labels[of][:400])
    machine = SVC(C=5, gamma=0.02).fit(pixels(train.images), train.labels)
    return machine, Duels.of(machine, train.images), digits.test.images


@pytest.mark.parametrize("chosen", SOME_DIGITS)
def test_the_duels_are_those_of_scikit_learn(digits: Any, chosen: Any) -> None:
    machine, duels, images = machine_of(digits, chosen)
    decisions = duels.decide(images, 0.02, threads=1)
    machine.decision_function_shape = "ovo"
    theirs = np.atleast_2d(machine.decision_function(pixels(images)).T).T
    np.testing.assert_allclose(
        decisions, -theirs if len(chosen) == 2 else theirs, rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(duels.winners(decisions), machine.predict(pixels(images)))


def test_the_scores_are_those_of_scikit_learn(digits: Any) -> None:
    machine, duels, images = machine_of(digits, range(10))
    scores = duels.scores(duels.decide(images, 0.02, threads=1))
    np.testing.assert_allclose(scores, machine.decision_function(pixels(images)), atol=1e-5)


@pytest.mark.parametrize("chosen", SOME_DIGITS)
def test_the_probabilities_are_those_of_scikit_learn(make: Any, digits: Any, chosen: Any) -> None:
    of = np.isin(digits.train.labels, list(chosen))
    train = Split(digits.train.images[of][:300], digits.train.labels[of][:300])
    ours = make("svm", backend="sklearn", probability=True)
    ours.fit(train, None)
    theirs = CalibratedClassifierCV(SVC(C=5, gamma=0.02, cache_size=500), ensemble=False, cv=5)
    theirs.fit(pixels(train.images), train.labels)
    expected = np.zeros((len(digits.test), 10))
    expected[:, theirs.classes_] = theirs.predict_proba(pixels(digits.test.images))
    np.testing.assert_allclose(ours.predict_proba(digits.test.images), expected, atol=1e-5)


def test_the_number_of_threads_changes_no_bit(digits: Any) -> None:
    _, duels, _ = machine_of(digits, range(10))
    images = digits.train.images[:600]
    one, two = (duels.decide(images, 0.02, threads) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("light", [0, 60, 255])
def test_products_are_rounded_nowhere(digits: Any, light: int) -> None:
    _, fitted, images = machine_of(digits, range(10))
    random = np.random.default_rng(0)
    images, bright = (
        np.maximum(dark, random.integers(light // 2, light + 1, dark.shape, np.uint8))
        for dark in (images[:40], fitted.support_vectors)
    )
    duels = replace(fitted, support_vectors=bright)
    ours, theirs = (many.reshape(len(many), -1).astype(np.int64) for many in (images, bright))
    distances = np.sum(ours**2, axis=1)[:, None] + np.sum(theirs**2, axis=1) - 2 * ours @ theirs.T
    expected = np.exp(-0.02 / 255**2 * distances) @ duels.weights + duels.intercepts
    np.testing.assert_allclose(duels.decide(images, 0.02, 1), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    "changed",
    [
        {"digits": np.array([3, 2], np.uint8)},
        {"digits": np.array([2, 10], np.uint8)},
        {"digits": np.array([2], np.uint8)},
        {"counts": np.array([2, 2])},
        {"counts": np.array([-1, 4])},
        {"counts": np.array([2**62, 2**62 + 3 - 2**63], np.int64)},
        {"coefficients": np.ones((2, 3))},
        {"intercepts": np.ones(2)},
    ],
)
def test_arrays_that_do_not_go_together_are_refused(changed: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "support_vectors": np.zeros((3, 28, 28), np.uint8),
        "counts": np.array([1, 2]),
        "coefficients": np.ones((1, 3)),
        "intercepts": np.ones(1),
        "digits": np.array([2, 3], np.uint8),
    }
    Duels(**whole).check()
    with pytest.raises(KeptModelError, match="do not go together"):
        Duels(**(whole | changed)).check()
