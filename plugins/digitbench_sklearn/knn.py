"""Exact k nearest neighbours behind the contract of a classifier."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench import (
    BuildContext,
    Images,
    KeptModelError,
    Labels,
    Split,
    UsageError,
    deskewed,
    load_arrays,
    save_arrays,
)
from digitbench_sklearn import KnnOptions
from digitbench_sklearn.backends import (
    NUM_CLASSES,
    by_digit,
    computing,
    make_estimator,
    pixels,
)
from digitbench_sklearn.search import ExactSearch

IMAGES_FILE = "images.safetensors"
IMAGES_DUE = {"images": ("uint8", (None, 28, 28)), "labels": ("uint8", (None,))}


def _check_count(train: Split, k: int) -> None:
    if len(train) < k:
        raise UsageError(
            f"knn[k={k}] needs at least {k} training images, there are {len(train)}; "
            "choose a smaller k"
        )


def _save(images: Images, labels: Labels, directory: Path) -> None:
    save_arrays(directory / IMAGES_FILE, {"images": images, "labels": labels})


def _load(directory: Path, k: int) -> tuple[Images, Labels]:
    """Read the remembered images, uint8 `(n, 28, 28)`, and labels, uint8 `(n,)`.

    Raises:
        KeptModelError: the file is damaged, or the arrays do not go together.
    """
    arrays = load_arrays(directory / IMAGES_FILE, IMAGES_DUE)
    images, labels = arrays["images"], arrays["labels"]
    if len(images) != len(labels) or len(images) < k or labels.max() >= NUM_CLASSES:
        raise KeptModelError("the images and labels of the nearest neighbours do not go together")
    return images, labels


class ExactKnnClassifier:
    """The vote of the k training images nearest to an image, with distances in integers.

    Of training images equally near the earlier ones vote; among digits with equal votes the
    smallest wins, as in scikit-learn.

    Attributes:
        options: those it was made with.
        images, labels: what it remembers, deskewed if it deskews, after `fit`.
        n_parameters: the remembered pixels, 784 for each training image; None before `fit`.
        size_bytes: the remembered pixels and labels, a byte each; None before `fit`. What the
            search computes from them is not counted.
        details: the backend.
    """

    def __init__(self, options: KnnOptions, context: BuildContext) -> None:
        self.options = options
        self._threads = context.threads
        self.n_parameters: int | None = None
        self.size_bytes: int | None = None
        self.details: Mapping[str, str | int | float | bool] = {"backend": "exact"}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Remember the training images; validation images are not used.

        Raises:
            UsageError: there are fewer than k training images.
        """
        _check_count(train, self.options.k)
        self._remember(self._prepared(train.images), train.labels)

    def _remember(self, images: Images, labels: Labels) -> None:
        self.images, self.labels = images, labels
        self._search = ExactSearch(images, self.options.k, self._threads)
        self.n_parameters = images.size
        self.size_bytes = images.nbytes + labels.nbytes

    def save(self, directory: Path) -> None:
        """Write the images, deskewed if they are, and their labels."""
        _save(self.images, self.labels, directory)

    def restore(self, directory: Path) -> None:
        """Become the classifier that `save` wrote.

        Raises:
            KeptModelError: the file is damaged, or holds something else.
        """
        self._remember(*_load(directory, self.options.k))

    def _prepared(self, images: Images) -> Images:
        return deskewed(images) if self.options.deskew else images

    def predict(self, images: Images) -> Labels:
        """Return the digits with the most votes, uint8 `(n,)`."""
        return self.predict_both(images)[0]

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return each digit's share of the votes, float32 `(n, 10)`."""
        return self.predict_both(images)[1]

    def predict_both(self, images: Images) -> tuple[Labels, NDArray[np.float32]]:
        """Return the digits with the most votes and the shares, as the methods above do."""
        votes = self._votes(images)
        shares = np.asarray(votes / votes.sum(axis=1, keepdims=True), np.float32)
        return np.asarray(votes.argmax(axis=1), np.uint8), shares

    def _votes(self, images: Images) -> NDArray[np.float64]:
        """Count the votes for each digit, float64 `(n, 10)`."""
        indices, squares = self._search.nearest(self._prepared(images))
        weights = np.ones(squares.shape)
        if self.options.weights == "distance":
            # An image's own copies in the training set, at no distance, outvote all others.
            copies = squares == 0
            np.divide(1, np.sqrt(squares), out=weights, where=~copies)
            weights[copies.any(axis=1)[:, None] & ~copies] = 0
        votes = np.zeros((len(images), NUM_CLASSES))
        np.add.at(votes, (np.arange(len(images))[:, None], self.labels[indices]), weights)
        return votes


class LibraryKnnClassifier:
    """The same vote by a library, which computes distances in floating point.

    Attributes:
        n_parameters: the remembered pixels, 784 for each training image; None before `fit`.
        size_bytes: the remembered pixels, in float32, and their labels; None before `fit`.
        details: the backend that was really used.
    """

    def __init__(self, options: KnnOptions, context: BuildContext) -> None:
        self._options = options
        self._threads = context.threads
        self._estimator = make_estimator(
            "neighbors",
            "KNeighborsClassifier",
            "sklearn" if options.backend == "sklearn" else "sklearnex",
            context.threads,
            n_neighbors=options.k,
            weights=options.weights,
            algorithm="brute",
        )
        self.n_parameters: int | None = None
        self.size_bytes: int | None = None
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Remember the training images; validation images are not used.

        Raises:
            UsageError: there are fewer than k training images.
        """
        _check_count(train, self._options.k)
        self._remember(self._prepared(train.images), train.labels)

    def _remember(self, images: Images, labels: Labels) -> None:
        remembered = pixels(images)
        with computing(self._threads) as computation:
            self._estimator.fit(remembered, labels)
        self._images, self._labels = images, labels
        self.n_parameters = remembered.size
        self.size_bytes = remembered.nbytes + labels.nbytes
        self.details = {"backend": computation.backend}

    def save(self, directory: Path) -> None:
        """Write the images, deskewed if they are, in bytes, and their labels."""
        _save(self._images, self._labels, directory)

    def restore(self, directory: Path) -> None:
        """Become the classifier that `save` wrote; the library remembers the images anew.

        Raises:
            KeptModelError: the file is damaged, or holds something else.
        """
        self._remember(*_load(directory, self._options.k))

    def _prepared(self, images: Images) -> Images:
        return deskewed(images) if self._options.deskew else images

    def _pixels(self, images: Images) -> NDArray[np.float32]:
        return pixels(self._prepared(images))

    def predict(self, images: Images) -> Labels:
        """Return the digits with the most votes, uint8 `(n,)`."""
        if not len(images):  # the libraries refuse what is empty
            return np.empty(0, np.uint8)
        with computing(self._threads):
            return np.asarray(self._estimator.predict(self._pixels(images)), np.uint8)

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return each digit's share of the votes, float32 `(n, 10)`."""
        if not len(images):
            return np.empty((0, NUM_CLASSES), np.float32)
        with computing(self._threads):
            shares: NDArray[Any] = self._estimator.predict_proba(self._pixels(images))
        return by_digit(shares, self._estimator.classes_)
