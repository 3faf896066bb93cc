"""Predictions of further test sets, after everything of the test images has been measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from digitbench.datasets.test_sets import IMAGES_AT_A_TIME
from digitbench.runner.classifier_output import check_predictions, failure_reason
from digitbench.types import (
    NUM_CLASSES,
    Images,
    Labels,
    PlannedTestSet,
    SetResult,
    TestSet,
    TrialResult,
)


class Predicting(Protocol):
    """What has learned to tell digits."""

    def predict(self, images: Images) -> Any:
        """Return the digits of images."""


def predict_sets(
    classifier: Predicting,
    test_sets: Mapping[str, TestSet],
    examine: Callable[[BaseException], None] | None = None,
) -> Iterator[SetResult]:
    """Yield what comes of each test set, whatever the classifier does.

    Args:
        classifier: after `fit`.
        test_sets: by label.
        examine: gets the error of a set that fails, while its frames are still there.
    """
    for label, test_set in test_sets.items():
        start = perf_counter()
        try:
            predictions = _predictions(classifier, test_set)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code: the other sets go on
            if examine is not None:
                examine(error)
            yield SetResult(test_set=label, error=failure_reason(error))
        else:
            seconds = perf_counter() - start
            yield SetResult(test_set=label, predictions=predictions, seconds=seconds)


def with_missing_sets(result: TrialResult, labels: Sequence[str], reason: str) -> TrialResult:
    """Return a result in which every test set has its place.

    Args:
        result: of a trial that succeeded.
        labels: the sets', in the order of the plan.
        reason: why those are missing that are.
    """
    there = {part.test_set: part for part in result.set_results}
    parts = tuple(there.get(label) or SetResult(test_set=label, error=reason) for label in labels)
    return result.model_copy(update={"set_results": parts})


def checked_sets(result: TrialResult, planned: Sequence[PlannedTestSet]) -> TrialResult:
    """Hold a stranger's results of test sets against the plan; what does not fit is an error.

    Args:
        result: of a trial.
        planned: the sets of its run.
    """
    loaded = {row.label: row for row in planned if row.error is None}
    if result.status != "ok":
        return result.model_copy(update={"set_results": ()})
    given: object = result.set_results
    parts = tuple(
        _checked(part, loaded[part.test_set])
        for part in (given if isinstance(given, tuple | list) else ())
        if isinstance(part, SetResult) and part.test_set in loaded
    )
    result = result.model_copy(update={"set_results": parts})
    return with_missing_sets(result, tuple(loaded), "the engine gave no predictions of it")


def _predictions(classifier: Predicting, test_set: TestSet) -> Labels:
    """Return the predictions of a set, a condition after the other, as uint8 `(n,)`."""
    parts = [part for images in _images(test_set) for part in _parts(images)]
    found = [check_predictions(classifier.predict(part), len(part)) for part in parts]
    return np.concatenate([np.empty(0, np.uint8), *found])


def _images(test_set: TestSet) -> Iterator[Images]:
    """Yield the images of each condition that are none of the run's own test images."""
    for condition in test_set.conditions:
        if condition.images is not None:
            yield condition.images


def _parts(images: Images) -> Iterator[Images]:
    for start in range(0, len(images), IMAGES_AT_A_TIME):
        yield images[start : start + IMAGES_AT_A_TIME]


def _checked(part: SetResult, planned: PlannedTestSet) -> SetResult:
    """Return a part of a result if it is sound, or else why it is not."""
    if part.error is not None:
        return SetResult(test_set=part.test_set, error=part.error)
    predictions: object = part.predictions
    sound = (
        isinstance(predictions, np.ndarray)
        and predictions.dtype == np.uint8
        and predictions.shape == (planned.size,)
        and int(predictions.max(initial=0)) < NUM_CLASSES
    )
    if sound:
        return part
    return SetResult(
        test_set=part.test_set,
        error=f"the engine gave something else than {planned.size:,} predictions of digits",
    )
