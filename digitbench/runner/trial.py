"""One trial: build, fit, predict, check, score. A failing model gives a failed result."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from digitbench.errors import ContractError, DigitbenchError, one_line, traceback_text
from digitbench.foreign import process_state_kept
from digitbench.garbage import no_searches
from digitbench.kept import saved_files
from digitbench.runner.children import processor_seconds
from digitbench.runner.classifier_output import (
    check_predictions,
    check_probabilities,
    check_progress,
    failure_reason,
    reported_members,
)
from digitbench.runner.load import OthersLoad
from digitbench.runner.memory import PeakMemory, make_resident
from digitbench.runner.sampling import training_set
from digitbench.runner.set_predictions import predict_sets
from digitbench.types import (
    BuildContext,
    Classifier,
    FitProgress,
    Images,
    ModelSpec,
    SetResult,
    TrialData,
    TrialPhase,
    TrialResult,
    TrialSpec,
)
from digitbench.types.plain import short

_WARM_UP_IMAGES = 16
_LATENCY_IMAGES = 200
_LATENCY_SECONDS = 0.5
"""Single images predicted to find the latency: so many at most, or as fit in so much time."""
_LATENCY_SHARE = 0.02
_LEAST_LATENCY_SECONDS = 0.1
_FEWEST_LATENCIES = 20
"""It may take this share of the fit's time, or so many seconds if that is more; but there are so
many images, of which a 95th percentile can be told, if they fit in the most time there is."""


def _ignore_phase(phase: TrialPhase) -> None:
    """Drop a phase; the default when nobody watches."""


def _ignore_part(part: TrialResult | SetResult) -> None:
    """Drop a part of a result, which comes as a whole in the end."""


def run_trial(
    spec: TrialSpec,
    model: ModelSpec,
    data: TrialData,
    report: Callable[[FitProgress], None],
    examine: Callable[[BaseException], None] | None = None,
    *,
    entered: Callable[[TrialPhase], None] = _ignore_phase,
    measured: Callable[[TrialResult | SetResult], None] = _ignore_part,
) -> TrialResult:
    """Run one trial and return its result, whatever the model does.

    Args:
        spec: what to run.
        model: the model that `spec` names.
        data: what to train and test on.
        report: gets the classifier's progress reports.
        examine: gets the error of a trial that fails, while its frames are still there.
        entered: gets each phase as it begins, outside what is timed.
        measured: gets the result before further test sets are predicted, if the data have any, and
            then what came of each: enough to keep if this process does not survive the next one.
    """
    started_at = datetime.now(UTC)
    try:
        with process_state_kept():
            classifier, outcome = _fit_and_predict(spec, model, data, report, entered)
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
            error=failure_reason(error),
            traceback=traceback_text(error),
        )
    times = {"started_at": started_at, "finished_at": datetime.now(UTC)}
    result = TrialResult(spec=spec, status="ok", **times, **outcome)
    if not data.test_sets:
        return result
    measured(result)
    entered(TrialPhase.TEST_SETS)
    parts = []
    with process_state_kept(), threadpool_limits(limits=spec.threads):
        for part in predict_sets(classifier, data.test_sets, examine):
            measured(part)
            parts.append(part)
    update = {"set_results": tuple(parts), "finished_at": datetime.now(UTC)}
    return result.model_copy(update=update)


def _fit_and_predict(
    spec: TrialSpec,
    model: ModelSpec,
    data: TrialData,
    report: Callable[[FitProgress], None],
    entered: Callable[[TrialPhase], None],
) -> tuple[Classifier, dict[str, Any]]:
    """Time `fit` and `predict` alone, and check everything the classifier gives."""
    context = BuildContext(
        seed=spec.seed,
        threads=spec.threads,
        report=lambda progress: report(check_progress(progress)),
    )
    with no_searches():  # a framework may be imported there
        classifier = model.build(model.options.model_validate(spec.options), context)
    images = data.test.images
    train = training_set(data.train, spec.training)
    make_resident(split.images for split in (train, data.validation, data.test) if split)
    entered(TrialPhase.FIT)
    with threadpool_limits(limits=spec.threads):  # libraries that `build` has loaded by now
        memory, others = PeakMemory(), OthersLoad()
        with Stopwatch() as fit:
            classifier.fit(train, data.validation)
        entered(TrialPhase.PREDICT)
        _predict(classifier, train.images[:_WARM_UP_IMAGES])
        with Stopwatch() as predict:
            predicted, given = _predict(classifier, images)
        peak_memory_bytes = memory.read_bytes()

        predictions = check_predictions(predicted, len(images))
        probabilities = _probabilities(classifier, images, given)
        entered(TrialPhase.LATENCY)
        latencies = measure_latencies(classifier, images, fit.seconds)
        others_cpus = others.cpus()
    return classifier, {
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
        "others_cpus": others_cpus,
        "predictions": predictions,
        "probabilities": probabilities,
        **reported_members(classifier),
        **(_kept(classifier) if spec.keep and model.load is not None else {}),
    }


def _kept(classifier: Classifier) -> dict[str, Any]:
    """Return what the trained classifier wrote, or why it cannot be kept."""
    save = getattr(classifier, "save", None)
    if not callable(save):
        return {"not_kept": "its model has load, but the classifier no save"}
    try:
        return {"kept_files": saved_files(save)}
    except (DigitbenchError, OSError, MemoryError) as error:
        return {"not_kept": one_line(error)}


class Stopwatch:
    """Times a block: wall time, and the processor time of all threads and processes it uses.

    Attributes:
        seconds: wall time.
        cpu_seconds: processor time.
    """

    seconds: float
    cpu_seconds: float

    def __enter__(self) -> Self:
        self._cpu_start = processor_seconds()
        self._start = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = perf_counter() - self._start
        # That of a process which nobody waited for is lost when it ends.
        self.cpu_seconds = max(0.0, processor_seconds() - self._cpu_start)


def measure_latencies(classifier: Classifier, images: Images, fit_seconds: float) -> list[float]:
    """Return how long the prediction of a single image takes, in seconds, for several images.

    Args:
        classifier: after `fit`.
        images: uint8 `(n, 28, 28)`; the first is predicted once before, untimed.
        fit_seconds: how long the fit took.
    """
    classifier.predict(images[:1])
    latencies: list[float] = []
    enough = max(_LEAST_LATENCY_SECONDS, _LATENCY_SHARE * fit_seconds)
    began = perf_counter()
    for i in range(min(len(images), _LATENCY_IMAGES)):
        start = perf_counter()
        classifier.predict(images[i : i + 1])
        latencies.append(perf_counter() - start)
        spent = perf_counter() - began
        if spent > _LATENCY_SECONDS or (spent > enough and len(latencies) >= _FEWEST_LATENCIES):
            break
    return latencies


def _predict(classifier: Classifier, images: Images) -> tuple[Any, Any]:
    """Return the predictions and, where the classifier gives both at once, the probabilities.

    Raises:
        ContractError: what it gives are not two values.
    """
    predict_both = getattr(classifier, "predict_both", None)
    if predict_both is None:
        return classifier.predict(images), None
    given = predict_both(images)
    if not isinstance(given, tuple) or len(given) != 2:  # noqa: PLR2004
        raise ContractError(f"predict_both returned {short(given)} where two arrays were due")
    return given


def _probabilities(
    classifier: Classifier, images: Images, given: Any
) -> NDArray[np.float32] | None:
    """Return the probabilities that were given, or else those that the classifier can give."""
    predict_proba = getattr(classifier, "predict_proba", None)
    if given is None and predict_proba is not None:
        given = predict_proba(images)
    return None if given is None else check_probabilities(given, len(images))
