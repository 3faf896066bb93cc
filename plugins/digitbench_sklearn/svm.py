"""Support vector machine behind the contract of a classifier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV

from digitbench import BuildContext, Images, Labels, Split, UsageError
from digitbench_sklearn import SvmOptions
from digitbench_sklearn.backends import (
    NUM_CLASSES,
    by_digit,
    computing,
    make_estimator,
    pixels,
)

MOST_FOLDS = 5


class SvmClassifier:
    """A support vector machine with an RBF kernel, one against one.

    Attributes:
        n_parameters: dual coefficients, intercepts and the support vectors' pixels; None
            before `fit`.
        size_bytes: the same as the estimator keeps them; the few numbers of a calibration are
            left out. None before `fit`.
        details: the backend that was really used and the number of support vectors.
    """

    def __init__(self, options: SvmOptions, context: BuildContext) -> None:
        self._threads = context.threads
        self._upright = options.deskew
        self._estimator = make_estimator(
            "svm",
            "SVC",
            options.backend,
            context.threads,
            C=options.C,
            gamma=options.gamma,
            cache_size=options.cache_mb,
        )
        self.n_parameters: int | None = None
        self.size_bytes: int | None = None
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Find the support vectors; validation images are not used."""
        with computing(self._threads) as computation:
            self._estimator.fit(self._pixels(train.images), train.labels)
        self._describe(computation.backend)

    def _describe(self, backend: str) -> None:
        fitted = self._estimator
        arrays = (fitted.dual_coef_, fitted.intercept_, fitted.support_vectors_)
        self.n_parameters = sum(array.size for array in arrays)
        self.size_bytes = sum(array.nbytes for array in arrays)
        self.details = {
            "backend": backend,
            "support_vectors": len(fitted.support_vectors_),
        }

    def _pixels(self, images: Images) -> NDArray[np.float32]:
        return pixels(images, upright=self._upright)

    def predict(self, images: Images) -> Labels:
        """Return the digits that win most of the 45 duels, uint8 `(n,)`."""
        if not len(images):  # the libraries refuse what is empty
            return np.empty(0, np.uint8)
        with computing(self._threads):
            return np.asarray(self._estimator.predict(self._pixels(images)), np.uint8)


class CalibratedSvmClassifier(SvmClassifier):
    """The same machine with probabilities; its predictions are those of the plain one.

    The probabilities are logistic functions of the decision values, fitted to those of
    cross-validation (Platt scaling), so the likeliest digit may differ from the predicted one.
    """

    def fit(self, train: Split, validation: Split | None) -> None:
        """Find the support vectors and calibrate; validation images are not used.

        Raises:
            UsageError: a digit has a single training image, too few for cross-validation.
        """
        rarest = int(np.unique(train.labels, return_counts=True)[1].min())
        if rarest < 2:  # noqa: PLR2004 - two folds are the fewest there can be
            raise UsageError(
                "svm[probability=true] needs at least two training images of each digit; "
                "use more images or probability=false"
            )
        calibrated = CalibratedClassifierCV(
            self._estimator, ensemble=False, cv=min(MOST_FOLDS, rarest)
        )
        with computing(self._threads) as computation:
            calibrated.fit(self._pixels(train.images), train.labels)
        self._calibrated = calibrated
        self._estimator = calibrated.calibrated_classifiers_[0].estimator
        self._describe(computation.backend)

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the calibrated probability of each digit, float32 `(n, 10)`."""
        if not len(images):
            return np.empty((0, NUM_CLASSES), np.float32)
        with computing(self._threads):
            probabilities: NDArray[Any] = self._calibrated.predict_proba(self._pixels(images))
        return by_digit(probabilities, self._calibrated.classes_)
