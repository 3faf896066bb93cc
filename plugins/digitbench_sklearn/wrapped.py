"""Any estimator with scikit-learn's interface behind the contract of a classifier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from digitbench import BuildContext, Classifier, Images, Labels, ModelOptions, Split
from digitbench_sklearn.backends import by_digit, pixels
from digitbench_sklearn.parameters import make_estimator


class WrappedClassifier:
    """An estimator that gets the pixels, flattened and from 0 to 1.

    Attributes:
        details: the version of the estimator's package, where it says so.
    """

    def __init__(self, estimator: Any, threads: int, details: Mapping[str, str]) -> None:
        self._estimator = estimator
        self._threads = threads
        self.details = details

    def fit(self, train: Split, validation: Split | None) -> None:
        """Fit the estimator to float32 `(n, 784)`; validation images are not used."""
        with threadpool_limits(limits=self._threads):
            self._estimator.fit(pixels(train.images, upright=False), train.labels)

    def predict(self, images: Images) -> NDArray[np.integer[Any]]:
        """Return the estimator's predictions, `(n,)`."""
        if not len(images):  # which scikit-learn refuses
            return np.empty(0, np.uint8)
        with threadpool_limits(limits=self._threads):
            predictions = self._estimator.predict(pixels(images, upright=False))
        return np.ravel(predictions)


class WrappedProbabilisticClassifier(WrappedClassifier):
    """An estimator that gives probabilities too."""

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the estimator's probabilities, float32 `(n, 10)`; zero for digits never seen."""
        if not len(images):
            return np.empty((0, 10), np.float32)
        with threadpool_limits(limits=self._threads):
            probabilities = self._estimator.predict_proba(pixels(images, upright=False))
        seen: Labels = self._estimator.classes_
        return by_digit(probabilities, seen)


def build_wrapped(
    kind: type, version: str | None, options: ModelOptions, context: BuildContext
) -> Classifier:
    """Make an unfitted classifier around an estimator.

    Args:
        kind: the estimator's class.
        version: that of its package, where it is known.
        options: from `digitbench_sklearn.parameters.estimator_options`.
        context: the trial's seed and threads.
    """
    estimator = make_estimator(kind, options, context)
    wrapper = (
        WrappedProbabilisticClassifier if hasattr(estimator, "predict_proba") else WrappedClassifier
    )
    package = kind.__module__.partition(".")[0]
    return wrapper(estimator, context.threads, {package: version} if version else {})
