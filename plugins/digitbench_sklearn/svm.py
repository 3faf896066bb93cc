"""Support vector machine behind the contract of a classifier.

Whoever finds the support vectors, what they decide is computed here, from their numbers, so that
a machine that was kept predicts the very same, with whatever libraries are installed then.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV

from digitbench import (
    BuildContext,
    Images,
    Labels,
    Split,
    UsageError,
    deskewed,
    load_arrays,
    save_arrays,
)
from digitbench_sklearn import SvmOptions
from digitbench_sklearn.backends import by_digit
from digitbench_sklearn.duels import DUE, Duels
from digitbench_sklearn.machine import Machine

MOST_FOLDS = 5
MACHINE_FILE = "machine.safetensors"
CALIBRATION_FILE = "calibration.safetensors"


class SvmClassifier:
    """A support vector machine with an RBF kernel, one against one.

    Attributes:
        options: those it was made with.
        duels: what it is made of, after `fit`.
        n_parameters: dual coefficients, intercepts and the support vectors' pixels; None
            before `fit`.
        size_bytes: the same as they are kept, pixels in bytes; the few numbers of a calibration
            are left out. None before `fit`.
        details: the backend that was really used for fitting, and the number of support vectors.
    """

    def __init__(self, options: SvmOptions, context: BuildContext) -> None:
        self.options = options
        self._threads = context.threads
        self.n_parameters: int | None = None
        self.size_bytes: int | None = None
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Find the support vectors; validation images are not used."""
        self._take(self._machine().fit(self._prepared(train.images), train.labels))

    def _machine(self) -> Machine:
        return Machine(self.options, self._threads)

    def _take(self, machine: Machine) -> None:
        self.duels = machine.duels_
        arrays = (self.duels.coefficients, self.duels.intercepts, self.duels.support_vectors)
        self.n_parameters = sum(array.size for array in arrays)
        self.size_bytes = sum(array.nbytes for array in arrays)
        self.details = {
            "backend": machine.backend_,
            "support_vectors": len(self.duels.support_vectors),
        }

    def save(self, directory: Path) -> None:
        """Write the machine's numbers into a directory."""
        save_arrays(directory / MACHINE_FILE, self.duels.arrays())

    def restore(self, directory: Path) -> None:
        """Become the classifier that `save` wrote.

        Raises:
            KeptModelError: the file is damaged, or holds no such machine.
        """
        self.duels = Duels(**load_arrays(directory / MACHINE_FILE, DUE))
        self.duels.check()

    def _prepared(self, images: Images) -> Images:
        return deskewed(images) if self.options.deskew else images

    def _decisions(self, images: Images) -> NDArray[np.float64]:
        return self.duels.decide(self._prepared(images), self.options.gamma, self._threads)

    def predict(self, images: Images) -> Labels:
        """Return the digits that win most of the 45 duels, uint8 `(n,)`."""
        return self.duels.winners(self._decisions(images))


class CalibratedSvmClassifier(SvmClassifier):
    """The same machine with probabilities; its predictions are those of the plain one.

    The probabilities are logistic functions of the decision values, fitted to those of
    cross-validation (Platt scaling), so the likeliest digit may differ from the predicted one.

    Attributes:
        slopes, offsets: of the function of each digit's score, float64 `(k,)`; of two digits, of
            the higher one's alone, `(1,)`.
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
            self._machine(), ensemble=False, cv=min(MOST_FOLDS, rarest)
        )
        calibrated.fit(self._prepared(train.images), train.labels)
        (fitted,) = calibrated.calibrated_classifiers_
        self._take(fitted.estimator)
        self.slopes = np.array([one.a_ for one in fitted.calibrators], np.float64)
        self.offsets = np.array([one.b_ for one in fitted.calibrators], np.float64)

    def save(self, directory: Path) -> None:
        """Write the machine's numbers and those of its calibration into a directory."""
        super().save(directory)
        arrays = {"slopes": self.slopes, "offsets": self.offsets}
        save_arrays(directory / CALIBRATION_FILE, arrays)

    def restore(self, directory: Path) -> None:
        """Become the classifier that `save` wrote.

        Raises:
            KeptModelError: a file is damaged, or holds no such machine or calibration.
        """
        super().restore(directory)
        digits = len(self.duels.digits)
        shape = (1,) if digits == 2 else (digits,)  # noqa: PLR2004
        due = {"slopes": ("float64", shape), "offsets": ("float64", shape)}
        arrays = load_arrays(directory / CALIBRATION_FILE, due)
        self.slopes, self.offsets = arrays["slopes"], arrays["offsets"]

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the calibrated probability of each digit, float32 `(n, 10)`."""
        decisions = self._decisions(images)
        if len(self.slopes) == 1:
            higher = expit(-(self.slopes * -decisions + self.offsets))
            return by_digit(np.hstack([1 - higher, higher]), self.duels.digits)
        shares = expit(-(self.slopes * self.duels.scores(decisions) + self.offsets))
        sums = shares.sum(axis=1, keepdims=True)
        even = np.full_like(shares, 1 / shares.shape[1])
        np.divide(shares, sums, out=even, where=sums > 0)
        return by_digit(even, self.duels.digits)
