"""A model under examination: fits that several checks share, and the results so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from digitbench.runner.resolve import parse_option_values
from digitbench.testing.data import repeated, tiny_digits, writeable
from digitbench.testing.fresh import FreshTrial, try_in_fresh_process
from digitbench.testing.results import Check, CheckFailure, CheckResult, CheckSkipped, no_error
from digitbench.types import (
    BuildContext,
    Classifier,
    Dataset,
    Images,
    ModelOptions,
    ModelSpec,
    Split,
    available_cpus,
)

SEED = 1

FLIPS = 0.02
"""Share of the predictions that may differ where the same numbers are added in another order.

A product of matrices rounds differently for another number of rows, and an image that lies between
two digits then may tip over. That happens to one image in some thousands.
"""

LEARNT = 0.5
"""Accuracy that cannot be had by chance, which gives 0.1."""

COPIES = 16
"""How often the training images are repeated for a model that learns too little from them."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model to check.

    Attributes:
        spec: the model.
        options: options to check it with, by name; the others have their defaults.
        tolerance: share of the predictions that may differ between two fits with one seed: 0 for
            a model that computes the same every time.
    """

    spec: ModelSpec
    options: Mapping[str, object] = field(default_factory=dict)
    tolerance: float = 0.0

    def __str__(self) -> str:
        if not self.options:
            return self.spec.name
        given = ",".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.spec.name}[{given}]"


@dataclass(frozen=True, eq=False)
class LearnedFit:
    """Images to learn from, and how well the model does after them.

    Attributes:
        train: the images with their labels.
        accuracy: of the test images' predictions, as a fraction.
    """

    train: Split
    accuracy: float


class ModelUnderTest:
    """The examination of a model; nothing is computed before a check asks for it.

    Attributes:
        spec: the model.
        tolerance: see `Candidate`.
    """

    def __init__(
        self,
        candidate: Candidate,
        checks: Mapping[str, Check],
        known: Mapping[str, CheckResult] | None = None,
    ) -> None:
        """Begin, or go on with one.

        Args:
            candidate: the model.
            checks: all checks, by name.
            known: the results of those that are made, by name.
        """
        self.spec = candidate.spec
        self.tolerance = candidate.tolerance
        self._label = str(candidate)
        self._values = dict(candidate.options)
        self._checks = checks
        self._results: dict[str, CheckResult] = dict(known or {})

    def __str__(self) -> str:
        return self._label

    # --- results ------------------------------------------------------------------------------

    def result(self, check: Check) -> CheckResult:
        """Make a check, and before it those that it needs, or return its result if it was made."""
        if check.name not in self._results:
            needed = [self.result(self._checks[name]).failed_check for name in check.needs]
            self._results[check.name] = self.make(check, next(filter(None, needed), None))
        return self._results[check.name]

    def make(self, check: Check, failed_before: str | None) -> CheckResult:
        """Make a check, unless one that it needs has failed."""
        start = perf_counter()
        ending: CheckFailure | CheckSkipped | None = None
        try:
            if failed_before is not None:
                raise CheckSkipped(f"it says nothing after {failed_before} failed", failed_before)
            with no_error("from the model", "Look in the model where the traceback ends."):
                check.look(self)
        except (CheckSkipped, CheckFailure) as raised:
            ending = raised
        return CheckResult(check, perf_counter() - start, ending)

    # --- the model ----------------------------------------------------------------------------

    @cached_property
    def options(self) -> ModelOptions:
        """The model's options.

        Raises:
            UsageError: they are not valid.
        """
        return parse_option_values(self.spec.name, self.spec.options, self._values)

    def context(self, seed: int = SEED) -> BuildContext:
        """Return what the model may know."""
        return BuildContext(seed, available_cpus())

    def build(self, seed: int = SEED) -> Classifier:
        """Make an unfitted classifier."""
        return self.spec.build(self.options, self.context(seed))

    def fitted(self, train: Split, seed: int = SEED) -> Classifier:
        """Make a classifier and fit it."""
        return self.fit(self.build(seed), train)

    def fit(self, classifier: Classifier, train: Split) -> Classifier:
        """Fit a classifier to a copy of some images, which it may spoil."""
        with threadpool_limits(limits=available_cpus()):
            classifier.fit(writeable(train), None)
        return classifier

    def predict(self, classifier: Classifier, images: Images) -> NDArray[Any]:
        """Return what a classifier predicts for a copy of some images, which it may spoil."""
        with threadpool_limits(limits=available_cpus()):
            return np.asarray(classifier.predict(images.copy()))

    def probabilities(self, images: Images, classifier: Classifier | None = None) -> Any:
        """Return a classifier's probabilities for a copy of some images; None if it has none."""
        predict_proba = getattr(classifier or self.classifier, "predict_proba", None)
        if predict_proba is None:
            return None
        with threadpool_limits(limits=available_cpus()):
            return predict_proba(images.copy())

    def accuracy(self, classifier: Classifier, test: Split) -> float:
        """Return the share of right predictions; 0 if they are not one for each image."""
        predictions = self.predict(classifier, test.images)
        if predictions.shape != test.labels.shape:
            return 0.0
        return float(np.mean(predictions == test.labels))

    # --- what several checks share ------------------------------------------------------------

    @cached_property
    def data(self) -> Dataset:
        """The images: tiny digits."""
        return tiny_digits()

    @cached_property
    def classifier(self) -> Classifier:
        """A classifier fitted to the training images, for checks that leave it as it is."""
        return self.fitted(self.data.train)

    def fit_anew(self) -> None:
        """Let the next check that asks for `classifier` have another: this one is spoilt."""
        del self.classifier

    @cached_property
    def predictions(self) -> NDArray[Any]:
        """What `classifier` predicts for the test images."""
        return self.predict(self.classifier, self.data.test.images)

    @cached_property
    def lessons(self) -> LearnedFit:
        """Images that are enough to learn from.

        They are the training images, or if those were too little, many copies of them: a model
        that takes few steps, because its options say so, has more of them in an epoch that way.
        """
        train, test = self.data.train, self.data.test
        accuracy = self.accuracy(self.classifier, test)
        if accuracy < LEARNT:
            train = repeated(train, COPIES)
            accuracy = self.accuracy(self.fitted(train), test)
        return LearnedFit(train, accuracy)

    @cached_property
    def fresh_trial(self) -> FreshTrial:
        """What was seen of a fit and a prediction in a process of their own.

        Raises:
            CheckSkipped: another process cannot find the model.
        """
        return try_in_fresh_process(self.spec, self.options, SEED, self.data)
