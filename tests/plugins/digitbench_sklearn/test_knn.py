from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import Split, UsageError


def test_one_neighbour_remembers_every_training_image(
    make: Callable[..., Any], digits: Any
) -> None:
    classifier = make("knn", k=1)
    classifier.fit(digits.train, None)
    np.testing.assert_array_equal(classifier.predict(digits.train.images), digits.train.labels)
    assert classifier.n_parameters == 784 * len(digits.train)


def test_probabilities_are_shares_of_the_votes(make: Callable[..., Any], digits: Any) -> None:
    classifier = make("knn", k=4)
    classifier.fit(digits.train, None)
    votes = classifier.predict_proba(digits.test.images) * 4
    np.testing.assert_allclose(votes, np.rint(votes), atol=1e-6)


@pytest.mark.parametrize("backend", ["auto", "sklearn"])
def test_too_many_neighbours_are_refused_in_one_line(
    make: Callable[..., Any], digits: Any, backend: str
) -> None:
    few = Split(digits.train.images[:4], digits.train.labels[:4])
    with pytest.raises(UsageError, match="needs at least 5 training images, there are 4"):
        make("knn", k=5, backend=backend).fit(few, None)


@pytest.mark.parametrize("backend", ["auto", "sklearn"])
def test_digits_never_seen_get_no_probability(
    make: Callable[..., Any], digits: Any, backend: str
) -> None:
    chosen = np.flatnonzero(np.isin(digits.train.labels, (3, 8)))
    some = Split(digits.train.images[chosen], digits.train.labels[chosen])
    classifier = make("knn", backend=backend)
    classifier.fit(some, None)
    probabilities = classifier.predict_proba(digits.test.images)
    assert set(classifier.predict(digits.test.images)) == {3, 8}
    assert set(np.flatnonzero(probabilities.any(axis=0))) == {3, 8}
