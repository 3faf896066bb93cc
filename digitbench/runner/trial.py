"""One trial: build, fit, predict, check, score. A failing model gives a failed result."""

import operator
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue, TypeAdapter, ValidationError
from threadpoolctl import threadpool_limits

from digitbench.errors import ContractError, one_line
from digitbench.foreign import process_state_kept
from digitbench.runner.memory import PeakMemory, make_resident
from digitbench.runner.sampling import training_set
from digitbench.types import (
    NUM_CLASSES,
    BuildContext,
    Classifier,
    FitProgress,
    Images,
    Labels,
    ModelSpec,
    Split,
    TrialResult,
    TrialSpec,
)

_WARM_UP_IMAGES = 16
_LATENCY_IMAGES = 200
_LATENCY_SECONDS = 0.5
_FEWEST_LATENCIES = 20
"""Single images predicted to find the latency: no more than so many, or than fit in so much time,
and a 95th percentile only of so many or more."""
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
    examine: Callable[[BaseException], None] | None = None,
) -> TrialResult:
    """Run one trial and return its result, whatever the model does.

    Args:
        spec: what to run.
        model: the model that `spec` names.
        data: what to train and test on.
        report: gets the classifier's progress reports.
        examine: gets the error of a trial that fails, while its frames are still there.
    """
    started_at = datetime.now(UTC)
    try:
        with process_state_kept():
            outcome = _fit_and_predict(spec, model, data, report)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # foreign code: the rest of the run goes on
        if examine is not None:
            examine(error)
        return TrialResult(
            spec=spec,
            status="failed",
            started_at=started_at,
            finished_at=datetime.now(UTC),
            error=_reason(error),
            traceback=traceback.format_exc(),
        )
    times = {"started_at": started_at, "finished_at": datetime.now(UTC)}
    return TrialResult(spec=spec, status="ok", **times, **outcome)


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
    train = training_set(data.train, spec.training)
    make_resident(split.images for split in (train, data.validation, data.test) if split)
    with threadpool_limits(limits=spec.threads):  # libraries that `build` has loaded by now
        memory = PeakMemory()
        with Stopwatch() as fit:
            classifier.fit(train, data.validation)
        classifier.predict(train.images[:_WARM_UP_IMAGES])
        with Stopwatch() as predict:
            raw_predictions = classifier.predict(images)
        peak_memory_bytes = memory.read_bytes()

        predictions = check_predictions(raw_predictions, len(images))
        probabilities = _probabilities(classifier, data.test)
        latencies = measure_latencies(classifier, images)
    return {
        "accuracy": float(np.mean(predictions == data.test.labels)),
        "fit_seconds": fit.seconds,
        "fit_cpu_seconds": fit.cpu_seconds,
        "predict_seconds": predict.seconds,
        "predict_cpu_seconds": predict.cpu_seconds,
        "latency_median_seconds": float(np.median(latencies)),
        "latency_p95_seconds": (
            float(np.quantile(latencies, 0.95)) if len(latencies) >= _FEWEST_LATENCIES else None
        ),
        "peak_memory_bytes": peak_memory_bytes,
        "predictions": predictions,
        "probabilities": probabilities,
        **reported_members(classifier),
    }


class Stopwatch:
    """Times a block: wall time, and the processor time of all threads of this process.

    Attributes:
        seconds: wall time.
        cpu_seconds: processor time.
    """

    seconds: float
    cpu_seconds: float

    def __enter__(self) -> Self:
        self._cpu_start = process_time()
        self._start = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = perf_counter() - self._start
        self.cpu_seconds = process_time() - self._cpu_start


def measure_latencies(classifier: Classifier, images: Images) -> list[float]:
    """Return how long the prediction of a single image takes, in seconds, for several images.

    Args:
        classifier: after `fit`.
        images: uint8 `(n, 28, 28)`; the first is predicted once before, untimed.
    """
    classifier.predict(images[:1])
    latencies: list[float] = []
    end = perf_counter() + _LATENCY_SECONDS
    for i in range(min(len(images), _LATENCY_IMAGES)):
        start = perf_counter()
        classifier.predict(images[i : i + 1])
        latencies.append(perf_counter() - start)
        if perf_counter() > end:
            break
    return latencies


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


def reported_members(classifier: Classifier) -> dict[str, Any]:
    """Collect what the classifier says of itself.

    Raises:
        ContractError: one of the optional members has the wrong type.
    """
    return {
        "n_parameters": _count(classifier, "n_parameters"),
        "model_size_bytes": _count(classifier, "size_bytes"),
        "details": _validated(classifier, "details", _DETAILS, {}),
        "history": _validated(classifier, "history", _HISTORY, ()),
    }


def _count(classifier: Classifier, member: str) -> int | None:
    value = getattr(classifier, member, None)
    if value is None:
        return None
    try:
        return operator.index(value)
    except TypeError as error:
        raise ContractError(f"{member} is {value!r}, not an integer") from error


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
    reason = one_line(error)
    if isinstance(error, ValueError) and "read-only" in reason:
        reason += " (the images are shared and read-only: work on a copy)"
    return reason
