"""An estimator with scikit-learn's interface behind the contract of a classifier."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import KeptModelError
from digitbench.estimator_files import load_estimator, save_estimator
from digitbench.estimators import TrialArguments, trial_arguments
from digitbench.types import NUM_CLASSES, BuildContext, Classifier, Images, Labels, Split
from digitbench.weights import load_arrays, save_arrays

_ESTIMATOR_FILE = "estimator.skops"
_DIGITS_FILE = "digits.safetensors"


def is_estimator(value: object) -> bool:
    """Tell whether a value is an object with scikit-learn's interface; a class of such is not."""
    members = ("fit", "predict", "get_params", "set_params")
    return not isinstance(value, type) and all(hasattr(value, name) for name in members)


def decided_parameters(estimator: Any) -> set[str]:
    """Return the names of the parameters, nested ones included, that a trial decides."""
    return {f"{prefix}{name}" for prefix, _, trial in _parts(estimator) for name in trial.decided}


def is_seeded(estimator: Any) -> bool:
    """Tell whether an estimator, or one within it, takes a seed."""
    return any(trial.seed for _, _, trial in _parts(estimator))


def clone_for_trial(estimator: Any, context: BuildContext) -> Any:
    """Return an unfitted clone of an estimator with the trial's seed and threads.

    Args:
        estimator: an object with scikit-learn's interface; it stays as it is.
        context: of the trial.
    """
    from sklearn.base import clone

    copy = clone(estimator)
    for _, part, trial in _parts(copy):
        part.set_params(**trial.values(context.seed, context.threads))
    return copy


def wrap_estimator(
    estimator: Any, threads: int, details: Mapping[str, str] | None = None
) -> Classifier:
    """Return a classifier that gives an estimator the pixels, flattened and from 0 to 1.

    It works in this process on so many threads, where its costs are measured. It has
    `predict_proba` if the estimator has. It can be kept if its types are known to be safe;
    `load_wrapped` makes it again.

    Args:
        estimator: an unfitted object with scikit-learn's interface, such as
            `RandomForestClassifier(random_state=context.seed)`.
        threads: how many it may use.
        details: what the results are to say of it, such as the version of its package.
    """
    return _wrapped(estimator, threads, details or {})


def load_wrapped(directory: Path, kind: type, threads: int) -> Classifier:
    """Make the classifier that `save` of a `wrap_estimator` wrote.

    Only types of NumPy, SciPy and scikit-learn that are known to be safe are made, and the
    estimator's own class: nothing in the directory is run.

    Args:
        directory: what it wrote, which may come from anywhere.
        kind: the class of the estimator, such as `RandomForestClassifier`.
        threads: how many it may use.

    Raises:
        KeptModelError: it is damaged, or holds something else.
    """
    digits = load_arrays(directory / _DIGITS_FILE, {"digits": ("uint8", (None,))})["digits"]
    if not np.array_equal(digits, np.unique(digits)) or digits.max(initial=0) >= NUM_CLASSES:
        raise KeptModelError(f"{directory / _DIGITS_FILE} holds no digits in rising order")
    estimator = load_estimator(directory / _ESTIMATOR_FILE, kind)
    name = trial_arguments(kind, estimator.get_params(deep=False)).threads
    if name is not None:
        estimator.set_params(**{name: threads})
    classifier = _wrapped(estimator, threads, {})
    classifier.digits = digits
    return classifier


def _wrapped(estimator: Any, threads: int, details: Mapping[str, str]) -> "_Wrapped":
    kind = _WithProbabilities if hasattr(estimator, "predict_proba") else _Wrapped
    return kind(estimator, threads, details)


def _parts(estimator: Any) -> Iterator[tuple[str, Any, TrialArguments]]:
    """Yield an estimator and those within it, with what a trial decides of each.

    Each comes with the prefix that the names of its parameters have in the outermost one.
    """
    within = {f"{name}__": value for name, value in estimator.get_params(deep=True).items()}
    for prefix, part in {"": estimator, **within}.items():
        if hasattr(part, "get_params") and not isinstance(part, type):
            yield prefix, part, trial_arguments(type(part), part.get_params(deep=False))


class _Wrapped:
    """An estimator that gets the pixels, flattened and from 0 to 1.

    Attributes:
        estimator: the estimator.
        details: what the results are to say of it.
        digits: those that training saw, uint8 `(k,)`, rising.
    """

    digits: Labels

    def __init__(self, estimator: Any, threads: int, details: Mapping[str, str]) -> None:
        self.estimator = estimator
        self._threads = threads
        self.details = details

    def fit(self, train: Split, validation: Split | None) -> None:
        """Fit the estimator to float32 `(n, 784)` and int64; validation images are not used.

        Classes are numbered without gaps, as some libraries want them, where digits are missing.
        """
        self.digits, classes = np.unique(train.labels, return_inverse=True)
        labels = classes.astype(np.int64)  # some libraries misread small integers
        with _working(self._threads):
            self.estimator.fit(_pixels(train.images), labels)

    def save(self, directory: Path) -> None:
        """Write the estimator and the digits that it knows into a directory.

        Raises:
            KeptModelError: the estimator holds an object of a type that is not trusted.
        """
        save_estimator(self.estimator, directory / _ESTIMATOR_FILE)
        digits = np.asarray(self.digits, np.uint8)
        save_arrays(directory / _DIGITS_FILE, {"digits": digits})

    def predict(self, images: Images) -> NDArray[Any]:
        """Return the estimator's predictions, `(n,)`; whole numbers as integers."""
        if not len(images):  # which scikit-learn refuses
            return np.empty(0, np.uint8)
        with _working(self._threads):
            predictions = np.ravel(self.estimator.predict(_pixels(images)))
        if predictions.dtype.kind == "f" and (predictions == np.rint(predictions)).all():
            predictions = predictions.astype(np.int64)
        if predictions.dtype.kind in "iu" and np.isin(predictions, range(len(self.digits))).all():
            return self.digits[predictions]
        return predictions  # none of its classes: whoever checks predictions says so


class _WithProbabilities(_Wrapped):
    """An estimator that gives probabilities too."""

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the estimator's probabilities, float32 `(n, 10)`; zero for digits never seen."""
        spread = np.zeros((len(images), NUM_CLASSES), np.float32)
        if len(images):
            with _working(self._threads):
                found = self.estimator.predict_proba(_pixels(images))
            spread[:, self.digits[np.asarray(self.estimator.classes_, np.int64)]] = found
        return spread


@contextmanager
def _working(threads: int) -> Iterator[None]:
    """Keep the work in this process, on so many threads, where its costs are measured.

    joblib would start processes for some estimators. They take longer to start than most of
    these fits, outlive them, and their processor time and memory are not those of the trial.
    """
    import joblib
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=threads), joblib.parallel_config(backend="threading"):
        yield


def _pixels(images: Images) -> NDArray[np.float32]:
    """Return a copy of the images with pixels from 0 to 1, float32 `(n, 784)`."""
    scaled: NDArray[np.float32] = np.divide(images, 255, dtype=np.float32)
    return scaled.reshape(len(images), -1)
