from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import Split, UsageError


@pytest.fixture(scope="module")
def small(digits: Any) -> Split:
    return Split(digits.train.images[:300], digits.train.labels[:300])


def fitted(make: Callable[..., Any], train: Split, **options: Any) -> Any:
    classifier = make("svm", **options)
    classifier.fit(train, None)
    return classifier


def test_probabilities_come_only_when_asked_for(make: Callable[..., Any]) -> None:
    assert not hasattr(make("svm"), "predict_proba")
    assert hasattr(make("svm", probability=True), "predict_proba")


@pytest.mark.parametrize("backend", ["auto", "sklearn"])
def test_calibration_changes_no_prediction(
    make: Callable[..., Any], small: Split, digits: Any, backend: str
) -> None:
    plain = fitted(make, small, backend=backend)
    calibrated = fitted(make, small, backend=backend, probability=True)
    np.testing.assert_array_equal(
        calibrated.predict(digits.test.images), plain.predict(digits.test.images)
    )
    assert calibrated.details == plain.details


@pytest.mark.parametrize("options", [{}, {"backend": "sklearn"}, {"probability": True}])
def test_parameters_and_size_are_those_of_the_arrays_a_prediction_needs(
    make: Callable[..., Any], small: Split, options: dict[str, Any]
) -> None:
    classifier = fitted(make, small, **options)
    vectors = classifier.details["support_vectors"]
    assert 0 < vectors <= len(small)
    assert classifier.n_parameters == vectors * 784 + vectors * 9 + 45
    assert classifier.size_bytes == vectors * 784 + 8 * (vectors * 9 + 45)


def test_a_softer_margin_keeps_more_support_vectors(make: Callable[..., Any], small: Split) -> None:
    soft, hard = (fitted(make, small, C=C).details["support_vectors"] for C in (0.01, 100))
    assert soft > hard


def test_calibration_needs_two_images_of_each_digit(make: Callable[..., Any], digits: Any) -> None:
    once = np.array([np.flatnonzero(digits.train.labels == digit)[0] for digit in range(10)])
    train = Split(digits.train.images[once], digits.train.labels[once])
    with pytest.raises(UsageError, match="at least two training images of each digit"):
        fitted(make, train, probability=True)


def test_two_images_of_each_digit_can_be_calibrated(make: Callable[..., Any], digits: Any) -> None:
    twice = np.concatenate(
        [np.flatnonzero(digits.train.labels == digit)[:2] for digit in range(10)]
    )
    train = Split(digits.train.images[twice], digits.train.labels[twice])
    probabilities = fitted(make, train, probability=True).predict_proba(digits.test.images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
