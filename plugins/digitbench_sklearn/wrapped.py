"""Any estimator with scikit-learn's interface behind the contract of a classifier."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from digitbench import (
    BuildContext,
    Classifier,
    Images,
    Labels,
    ModelOptions,
    Split,
    TrialArguments,
)
from digitbench_sklearn.backends import NUM_CLASSES, by_digit, pixels
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
        """Fit the estimator to float32 `(n, 784)` and int64; validation images are not used."""
        labels = train.labels.astype(np.int64)  # some libraries misread small integers
        with _working(self._threads):
            self._estimator.fit(pixels(train.images, upright=False), labels)

    def predict(self, images: Images) -> NDArray[Any]:
        """Return the estimator's predictions, `(n,)`; whole numbers as integers."""
        if not len(images):  # which scikit-learn refuses
            return np.empty(0, np.uint8)
        with _working(self._threads):
            predictions = np.ravel(self._estimator.predict(pixels(images, upright=False)))
        if predictions.dtype.kind == "f" and (predictions == np.rint(predictions)).all():
            return predictions.astype(np.int64)
        return predictions


class WrappedProbabilisticClassifier(WrappedClassifier):
    """An estimator that gives probabilities too."""

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the estimator's probabilities, float32 `(n, 10)`; zero for digits never seen."""
        if not len(images):
            return np.empty((0, NUM_CLASSES), np.float32)
        with _working(self._threads):
            probabilities = self._estimator.predict_proba(pixels(images, upright=False))
        seen: Labels = np.asarray(self._estimator.classes_, np.int64)
        return by_digit(probabilities, seen)


@contextmanager
def _working(threads: int) -> Iterator[None]:
    """Keep the work in this process, on so many threads, where its costs are measured.

    joblib would start processes for some estimators. They take longer to start than most of
    these fits, outlive them, and their processor time and memory are not those of the trial.
    """
    with threadpool_limits(limits=threads), joblib.parallel_config(backend="threading"):
        yield


def build_wrapped(
    kind: type,
    version: str | None,
    trial: TrialArguments,
    options: ModelOptions,
    context: BuildContext,
) -> Classifier:
    """Make an unfitted classifier around an estimator.

    Args:
        kind: the estimator's class.
        version: that of its package, where it is known.
        trial: which of its arguments the trial decides.
        options: from `digitbench_sklearn.parameters.estimator_options`.
        context: the trial's seed and threads.
    """
    estimator = make_estimator(kind, options, trial, context)
    wrapper = (
        WrappedProbabilisticClassifier if hasattr(estimator, "predict_proba") else WrappedClassifier
    )
    package = kind.__module__.partition(".")[0]
    return wrapper(estimator, context.threads, {package: version} if version else {})
