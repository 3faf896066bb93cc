"""The support vector machine as an estimator: whoever finds the support vectors, `Duels` decide."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from digitbench import Images, Labels
from digitbench_sklearn import SvmOptions
from digitbench_sklearn.active_set import NotSolvedError
from digitbench_sklearn.backends import computing, make_estimator, pixels
from digitbench_sklearn.duels import Duels
from digitbench_sklearn.training import train

OWN_BACKEND = "active-set"


class Machine(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """What scikit-learn's calibration takes, on images instead of pixels.

    Attributes:
        options: those of the model.
        threads: CPU threads to use.
        duels_: what it is made of, after `fit`.
        backend_: what computed them: `active-set`, `sklearnex` or `sklearn`.
        classes_: the digits that training saw.
    """

    def __init__(self, options: SvmOptions, threads: int) -> None:
        self.options = options
        self.threads = threads

    def fit(self, images: Images, labels: Labels) -> Self:
        """Find the support vectors among images, uint8 `(n, 28, 28)`."""
        self.duels_, self.backend_ = self._fitted(images, labels)
        self.classes_ = self.duels_.digits
        return self

    def _fitted(self, images: Images, labels: Labels) -> tuple[Duels, str]:
        options = self.options
        if options.backend == "auto":
            try:
                return self._trained(images, labels), OWN_BACKEND
            except NotSolvedError:
                pass
        machine: Any = make_estimator(
            "svm",
            "SVC",
            options.backend,
            self.threads,
            C=options.C,
            gamma=options.gamma,
            cache_size=options.cache_mb,
        )
        with computing(self.threads) as computation:
            machine.fit(pixels(images), labels)
        return Duels.of(machine, images), computation.backend

    def _trained(self, images: Images, labels: Labels) -> Duels:
        options = self.options
        return train(
            images,
            labels,
            options.C,
            options.gamma,
            memory_mb=options.cache_mb,
            threads=self.threads,
        )

    def _decisions(self, images: Images) -> NDArray[np.float64]:
        return self.duels_.decide(images, self.options.gamma, self.threads)

    def predict(self, images: Images) -> Labels:
        """Return the digits that win most duels, uint8 `(n,)`."""
        return self.duels_.winners(self._decisions(images))

    def decision_function(self, images: Images) -> NDArray[np.float64]:
        """Return each digit's score, `(n, k)`; of two digits, the higher one's decision, `(n,)`."""
        decisions = self._decisions(images)
        if len(self.classes_) == 2:  # noqa: PLR2004
            return -decisions.ravel()
        return self.duels_.scores(decisions)
