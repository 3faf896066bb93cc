"""Large runs: 8 models, 20 trials each, 10,000 test images; and 80 conditions of 5 models."""

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from builders import made_dataset, made_model, made_plan, made_run
from digitbench.analysis.calibration import calibrations
from digitbench.report.page import report_page
from digitbench.types import Groups, Images, Labels, PlannedModel, TrialResult, TrialSpec
from grouped import even
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

MODELS, TRIALS, IMAGES = 8, 20, 10_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _blots(rng: np.random.Generator) -> Images:
    """Make images that have as much ink as MNIST's, and more detail."""
    smooth = gaussian_filter(rng.standard_normal((IMAGES, 28, 28)), (0, 2.2, 2.2))
    smooth *= np.outer(np.hanning(28), np.hanning(28))
    return np.clip(4_000 * (smooth - np.quantile(smooth, 0.8)), 0, 255).astype(np.uint8)


def _results(
    rng: np.random.Generator, model: PlannedModel, labels: Labels, shared: NDArray[np.float64]
) -> list[TrialResult]:
    accuracy = 0.92 + 0.075 * model.options["place"] / (MODELS - 1)  # type: ignore[operator]
    latent = ndtri(accuracy) * 2 + shared + 0.7 * rng.standard_normal(IMAGES)
    mistake = rng.integers(1, 10, IMAGES)
    results = []
    for trial in range(1, TRIALS + 1):
        wrong = latent + rng.standard_normal(IMAGES) < 0
        predictions = ((labels + wrong * mistake) % 10).astype(np.uint8)
        probabilities = rng.dirichlet(np.full(10, 0.1), IMAGES).astype(np.float32)
        results.append(
            TrialResult(
                spec=TrialSpec(
                    model=model.label,
                    name=model.name,
                    options=model.options,
                    trial=trial,
                    seed=trial,
                    threads=1,
                ),
                status="ok",
                started_at=NOW,
                accuracy=float((predictions == labels).mean()),
                fit_seconds=10.0 * trial,
                predict_seconds=0.1,
                model_size_bytes=1 << 20,
                history=tuple({"loss": 1 / epoch, "accuracy": 0.9} for epoch in range(1, 101)),
                predictions=predictions,
                probabilities=probabilities,
            )
        )
    return results


@pytest.mark.slow
def test_the_page_of_a_large_run_is_small_and_quick() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, IMAGES).astype(np.uint8)
    models = tuple(
        made_model(f"model-{place}[place={place}]", options={"place": place})
        for place in range(MODELS)
    )
    writers = (np.arange(IMAGES) % 300).astype(np.int32)
    shared = 1.5 * rng.standard_normal(IMAGES)
    record = made_run(
        made_plan(models, dataset=made_dataset(test_size=IMAGES), trials=TRIALS),
        (r for model in models for r in _results(rng, model, labels, shared)),
        status="complete",
        test_labels=labels,
        test_groups=Groups("writer", writers, np.zeros_like(writers)),
    )
    images = _blots(rng)
    start = time.process_time()
    found = calibrations(record.results, labels)
    html = report_page(record, images=images, calibrations=found)
    assert time.process_time() - start < 5
    assert len(html.encode("utf-8")) < 4_000_000


def _chance(label: str) -> float:
    return 0.9 - int(label[-1]) / 10


@pytest.mark.slow
def test_the_page_of_eighty_conditions_is_small_and_quick() -> None:
    models = [MadeModel(f"model-{place}", 0.99 - place / 100, trials=5) for place in range(5)]
    run = run_of(models, images=IMAGES, trials=5).model_copy(update={"test_groups": even(250, 40)})
    assert run.test_labels is not None
    right, every = run.test_labels, np.arange(IMAGES)
    conditions = [
        MadeCondition(
            right,
            drawn(run, _chance, right, seed=16 * severity + name),
            f"condition-{name}",
            severity,
            every,
        )
        for name in range(16)
        for severity in range(1, 6)
    ]
    record = with_sets(run, {"made": conditions})
    start = time.process_time()
    found = calibrations(record.results, right)
    html = report_page(record, images=None, calibrations=found)
    assert time.process_time() - start < 8
    assert len(html.encode("utf-8")) < 6_000_000
