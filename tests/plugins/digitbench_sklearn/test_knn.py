from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from digitbench import Split, UsageError


def test_one_neighbour_remembers_every_training_image(
    make: Callable[..., Any], digits: Any
) -> None:
    classifier = make("knn", k=1)
    classifier.fit(digits.train, None)
    np.testing.assert_array_equal(classifier.predict(digits.train.images), digits.train.labels)
    assert classifier.n_parameters == 784 * len(digits.train)


@pytest.mark.parametrize(
    ("options", "pixel_bytes"), [({}, 1), ({"deskew": True}, 1), ({"backend": "sklearn"}, 4)]
)
def test_the_size_is_that_of_the_remembered_images_and_labels(
    make: Callable[..., Any], digits: Any, options: dict[str, Any], pixel_bytes: int
) -> None:
    classifier = make("knn", **options)
    assert classifier.size_bytes is None
    classifier.fit(digits.train, None)
    pixels, labels = digits.train.images, digits.train.labels
    assert classifier.size_bytes == pixel_bytes * pixels.nbytes + labels.nbytes
    searched = classifier._search._pixels if pixel_bytes == 1 else classifier._estimator._fit_X
    assert searched.nbytes == pixel_bytes * pixels.nbytes


@pytest.mark.parametrize("backend", ["auto", "exact"])
def test_the_search_of_our_own_says_that_it_computed(
    make: Callable[..., Any], digits: Any, backend: str
) -> None:
    classifier = make("knn", backend=backend)
    classifier.fit(digits.train, None)
    assert classifier.details["backend"] == "exact"


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 4, 25])
def test_exact_votes_are_those_of_scikit_learn(
    make: Callable[..., Any], digits: Any, weights: str, k: int
) -> None:
    ours = make("knn", k=k, weights=weights)
    ours.fit(digits.train, None)
    # Whole numbers as pixels, so that nothing is rounded there either; the first twenty queries
    # are training images, at no distance from themselves.
    flat = digits.train.images.reshape(-1, 784).astype(np.float64)
    theirs = KNeighborsClassifier(k, weights=weights, algorithm="brute")
    theirs.fit(flat, digits.train.labels)
    queries = np.concatenate([digits.train.images[:20], digits.test.images])
    shares = theirs.predict_proba(queries.reshape(-1, 784).astype(np.float64))
    np.testing.assert_allclose(ours.predict_proba(queries), shares, atol=1e-6)
    np.testing.assert_array_equal(ours.predict(queries), shares.argmax(axis=1))


def test_copies_outvote_the_nearest_when_distance_counts(make: Callable[..., Any]) -> None:
    images = np.zeros((5, 28, 28), np.uint8)
    images[2:, 0, 0] = 1
    classifier = make("knn", k=5, weights="distance")
    classifier.fit(Split(images, np.array([7, 4, 1, 1, 1], np.uint8)), None)
    probabilities = classifier.predict_proba(images[:1])
    assert (probabilities[0, 4], probabilities[0, 7]) == (0.5, 0.5)
    assert classifier.predict(images[:1]) == [4]
    assert classifier.predict(images[2:3]) == [1]


def test_no_images_get_no_predictions(make: Callable[..., Any], digits: Any) -> None:
    classifier = make("knn")
    classifier.fit(digits.train, None)
    assert classifier.predict(digits.test.images[:0]).shape == (0,)
    assert classifier.predict_proba(digits.test.images[:0]).shape == (0, 10)


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
