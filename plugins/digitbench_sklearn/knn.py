"""Exact k nearest neighbours behind the contract of a classifier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench import BuildContext, Images, Labels, Split, UsageError
from digitbench_sklearn import KnnOptions
from digitbench_sklearn.backends import (
    by_digit,
    computing,
    make_estimator,
    pixels,
)


class KnnClassifier:
    """The vote of the k training images nearest to an image, found by comparing it with all.

    Attributes:
        n_parameters: the remembered pixels, 784 for each training image; None before `fit`.
        details: the backend that was really used.
    """

    def __init__(self, options: KnnOptions, context: BuildContext) -> None:
        self._options = options
        self._threads = context.threads
        self._estimator = make_estimator(
            "neighbors",
            "KNeighborsClassifier",
            options.backend,
            context.threads,
            n_neighbors=options.k,
            weights=options.weights,
            algorithm="brute",
        )
        self.n_parameters: int | None = None
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Remember the training images; validation images are not used.

        Raises:
            UsageError: there are fewer than k training images.
        """
        if len(train) < self._options.k:
            raise UsageError(
                f"knn[k={self._options.k}] needs at least {self._options.k} training images, "
                f"there are {len(train)}; choose a smaller k"
            )
        remembered = pixels(train.images)
        with computing(self._threads) as computation:
            self._estimator.fit(remembered, train.labels)
        self.n_parameters = remembered.size
        self.details = {"backend": computation.backend}

    def predict(self, images: Images) -> Labels:
        """Return the digits with the most votes, uint8 `(n,)`."""
        with computing(self._threads):
            return np.asarray(self._estimator.predict(pixels(images)), np.uint8)

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return each digit's share of the votes, float32 `(n, 10)`."""
        with computing(self._threads):
            shares: NDArray[Any] = self._estimator.predict_proba(pixels(images))
        return by_digit(shares, self._estimator.classes_)
