"""One trial: build, fit, predict, check, score. A failing model gives a failed result."""

import operator
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue, TypeAdapter, ValidationError
from threadpoolctl import threadpool_limits

from digitbench.errors import ContractError, DigitbenchError
from digitbench.plugins import one_line
from digitbench.runner.memory import PeakMemory
from digitbench.types import (
    NUM_CLASSES,
    BuildContext,
    Classifier,
    FitProgress,
    Labels,
    ModelSpec,
    Split,
    TrialResult,
    TrialSpec,
)

_WARM_UP_IMAGES = 16
_PROBABILITY_TOLERANCE = 1e-3
"""How far a row of probabilities may be from summing to 1: float32 and bfloat16 round."""

_DETAILS = TypeAdapter(dict[str, JsonValue])
_HISTORY = TypeAdapter(tuple[dict[str, float], ...])


@dataclass(frozen=True)
class TrialData:
    """The images of a run. Only `test.images` is ever shown to a classifier, not its labels."""

    train: Split
    validation: Split | None
    test: Split


def run_trial(
    spec: TrialSpec,
    model: ModelSpec,
    data: TrialData,
    report: Callable[[FitProgress], None],
) -> TrialResult:
    """Run one trial and return its result, whatever the model does.

    Args:
        spec: what to run.
        model: the model that `spec` names.
        data: what to train and test on.
        report: gets the classifier's progress reports.
    """
    started_at = datetime.now(UTC)
    try:
        outcome = _fit_and_predict(spec, model, data, report)
    except (Exception, SystemExit) as error:  # foreign code: the rest of the run goes on
        return TrialResult(
            spec=spec,
            status="failed",
            started_at=started_at,
            error=_reason(error),
            traceback=traceback.format_exc(),
        )
    return TrialResult(spec=spec, status="ok", started_at=started_at, **outcome)


def _fit_and_predict(
    spec: TrialSpec,
    model: ModelSpec,
    data: TrialData,
    report: Callable[[FitProgress], None],
) -> dict[str, Any]:
    """Time `fit` and `predict` alone, and check everything the classifier gives."""
    context = BuildContext(seed=spec.seed, threads=spec.threads, report=report)
    classifier = model.build(model.options.model_validate(spec.options), context)
    images = data.test.images
    with threadpool_limits(limits=spec.threads):  # libraries that `build` has loaded by now
        memory = PeakMemory()
        start = perf_counter()
        classifier.fit(data.train, data.validation)
        fit_seconds = perf_counter() - start

        classifier.predict(data.train.images[:_WARM_UP_IMAGES])
        start = perf_counter()
        raw_predictions = classifier.predict(images)
        predict_seconds = perf_counter() - start
        peak_memory_bytes = memory.read_bytes()

        predictions = check_predictions(raw_predictions, len(images))
        probabilities = _probabilities(classifier, data.test)
    return {
        "accuracy": float(np.mean(predictions == data.test.labels)),
        "fit_seconds": fit_seconds,
        "predict_seconds": predict_seconds,
        "peak_memory_bytes": peak_memory_bytes,
        "predictions": predictions,
        "probabilities": probabilities,
        **_reported(classifier),
    }


def check_predictions(predictions: object, count: int) -> Labels:
    """Return predicted digits as uint8 `(count,)`.

    Raises:
        ContractError: they are not integers, not of that shape, or not all 0 to 9.
    """
    array = np.asarray(predictions)
    if array.shape != (count,):
        raise ContractError(f"predict returned shape {array.shape} where ({count},) was due")
    if not np.issubdtype(array.dtype, np.integer):
        raise ContractError(f"predict returned {array.dtype} values where integers were due")
    if count and not (array.min() >= 0 and array.max() < NUM_CLASSES):
        raise ContractError(
            f"predict returned labels from {array.min()} to {array.max()}; digits are 0 to 9"
        )
    return array.astype(np.uint8)


def check_probabilities(probabilities: object, count: int) -> NDArray[np.float32]:
    """Return class probabilities as float32 `(count, 10)`.

    Raises:
        ContractError: they are not floats of that shape, not finite, negative, or their rows do
            not sum to 1.
    """
    array = np.asarray(probabilities)
    due = (count, NUM_CLASSES)
    if array.shape != due:
        raise ContractError(f"predict_proba returned shape {array.shape} where {due} was due")
    if not np.issubdtype(array.dtype, np.floating):
        raise ContractError(f"predict_proba returned {array.dtype} values where floats were due")
    bad = int(np.count_nonzero(~np.isfinite(array).all(axis=1)))
    if bad:
        raise ContractError(f"predict_proba returned NaN or infinity for {bad} of {count} images")
    if count and array.min() < 0:
        raise ContractError(f"predict_proba returned a negative probability, {array.min():.3g}")
    sums = array.sum(axis=1, dtype=np.float64)
    if count and np.abs(sums - 1).max() > _PROBABILITY_TOLERANCE:
        worst = sums[np.abs(sums - 1).argmax()]
        raise ContractError(f"a row of predict_proba sums to {worst:.6g} where 1 was due")
    return array.astype(np.float32)


def _probabilities(classifier: Classifier, test: Split) -> NDArray[np.float32] | None:
    predict_proba = getattr(classifier, "predict_proba", None)
    if predict_proba is None:
        return None
    return check_probabilities(predict_proba(test.images), len(test))


def _reported(classifier: Classifier) -> dict[str, Any]:
    """Collect what the classifier says of itself.

    Raises:
        ContractError: one of the optional members has the wrong type.
    """
    n_parameters = getattr(classifier, "n_parameters", None)
    if n_parameters is not None:
        try:
            n_parameters = operator.index(n_parameters)
        except TypeError as error:
            raise ContractError(f"n_parameters is {n_parameters!r}, not an integer") from error
    return {
        "n_parameters": n_parameters,
        "details": _validated(classifier, "details", _DETAILS, {}),
        "history": _validated(classifier, "history", _HISTORY, ()),
    }


def _validated(
    classifier: Classifier, member: str, adapter: TypeAdapter[Any], default: object
) -> Any:
    value = getattr(classifier, member, default)
    plain = dict(value) if isinstance(value, Mapping) else value
    try:
        return adapter.validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{part!r}]" for part in first["loc"])
        raise ContractError(f"{member}{where}: {first['msg']}") from error


def _reason(error: BaseException) -> str:
    """Say in one line why a trial failed."""
    reason = str(error) if isinstance(error, DigitbenchError) else one_line(error)
    if isinstance(error, ValueError) and "read-only" in reason:
        reason += " (the images are shared and read-only: work on a copy)"
    return reason
