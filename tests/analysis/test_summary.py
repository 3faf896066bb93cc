"""Summaries: right by scipy and numpy, absent where a figure does not exist."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from digitbench.analysis.summary import FRACTION, spread, summarise
from digitbench.metrics import (
    FIT,
    FIT_CPU,
    LATENCY,
    LATENCY_P95,
    PARAMETERS,
    PREDICT,
    PREDICT_CPU,
    SIZE,
    THROUGHPUT,
)
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import PublishedResult, Resampling, RunPlan, TrialData

PAPER_CNN = (0.9903, 0.9932, 0.9931, 0.9933, 0.9938)
PAPER_SOFTMAX = (0.9182, 0.9213, 0.9195, 0.9216, 0.9196)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_spread_agrees_with_scipy(values: list[float]) -> None:
    result = spread(values)
    assert result.std is not None
    assert result.interval is not None
    assert result.mean == pytest.approx(np.mean(values))
    assert result.std == pytest.approx(np.std(values, ddof=1), abs=1e-12)
    assert result.minimum == min(values)
    assert result.maximum == max(values)
    if result.std > 1e-9:
        low, high = stats.t.interval(
            0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
        )
        assert result.interval == pytest.approx((low, high))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_no_interval_of_accuracies_leaves_0_to_100_percent(values: list[float]) -> None:
    plain, cut = spread(values).interval, spread(values, within=FRACTION).interval
    assert plain is not None
    assert cut is not None
    assert cut == (max(0.0, plain[0]), min(1.0, plain[1]))
    assert 0 <= cut[0] <= np.mean(values) + 1e-12
    assert np.mean(values) - 1e-12 <= cut[1] <= 1


def test_an_interval_of_times_begins_at_0_at_least() -> None:
    low, high = spread([0.1, 4.0], within=FIT.within).interval or (None, None)
    assert low == 0
    assert high == pytest.approx(2.05 + 12.7062 * 1.95, abs=1e-3)


def test_the_papers_figures() -> None:
    softmax, cnn = spread(PAPER_SOFTMAX), spread(PAPER_CNN)
    assert softmax.mean == pytest.approx(0.92004)
    assert softmax.std == pytest.approx(0.00140, abs=5e-6)
    assert cnn.mean == pytest.approx(0.99274)
    assert cnn.std == pytest.approx(0.00139, abs=5e-6)


@pytest.mark.parametrize(("method", "overlap"), [("bootstrap", 0.5), ("subsample", 0.8)])
def test_samples_that_share_images_widen_the_interval(method: Any, overlap: float) -> None:
    assert Resampling(method=method, fraction=0.8).overlap == overlap
    values = [0.91, 0.92, 0.94]
    independent, shared = spread(values), spread(values, overlap)
    assert (shared.mean, shared.std) == (independent.mean, independent.std)
    assert independent.interval is not None
    assert shared.interval is not None
    wider = np.sqrt((1 / 3 + overlap / (1 - overlap)) * 3)
    half_widths = [(high - low) / 2 for low, high in (independent.interval, shared.interval)]
    assert half_widths[1] / half_widths[0] == pytest.approx(wider, rel=1e-12)


def test_one_value_has_no_spread() -> None:
    result = spread([0.5])
    assert (result.mean, result.std, result.interval) == (0.5, None, None)
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_rows_follow_the_plan_and_count_failures(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, "wrong-shape,centroid[noise=3],centroid", trials=3)
    record = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path))
    failing, noisy, sure = summarise(record)
    assert failing.accuracy is None
    assert failing.figure(FIT) is None
    assert failing.figure(PREDICT) is None
    assert failing.figure(THROUGHPUT) is None
    assert failing.figure(LATENCY) is None
    assert failing.figure(SIZE) is None
    assert len(failing.failed) == failing.trials_planned == 3
    assert [trial.spec.trial for trial in noisy.trials] == [1, 2, 3]
    assert noisy.accuracy is not None
    accuracies = [trial.accuracy for trial in noisy.succeeded]
    assert noisy.accuracy == spread([a for a in accuracies if a is not None], within=FRACTION)
    assert noisy.figure(PARAMETERS) == 7840
    assert sure.trials_planned == 1
    assert sure.accuracy is not None
    assert sure.accuracy.std is None


def test_costs_are_those_of_the_trials_that_succeeded(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, "centroid[noise=1]", trials=4)
    record = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path))
    costs: list[dict[str, object]] = [
        {"fit_cpu_seconds": 3.0, "latency_median_seconds": 0.1, "latency_p95_seconds": None},
        {"fit_cpu_seconds": None, "latency_median_seconds": 0.2, "latency_p95_seconds": None},
        {"fit_cpu_seconds": 5.0, "latency_median_seconds": 0.9, "latency_p95_seconds": 0.7},
        {"fit_cpu_seconds": 100.0, "latency_median_seconds": 9.0, "status": "failed"},
    ]
    same: dict[str, object] = {"predict_seconds": 0.2, "predict_cpu_seconds": 0.4}
    results = (
        trial.model_copy(update=same | change)
        for trial, change in zip(record.results, costs, strict=True)
    )
    (row,) = summarise(record.model_copy(update={"results": tuple(results)}))
    assert row.figure(FIT_CPU) == 4.0
    assert row.figure(LATENCY) == 0.2
    assert row.figure(LATENCY_P95) == 0.7
    images = len(tiny_data.test)
    assert row.figure(PREDICT) == pytest.approx(0.2 / images)
    assert row.figure(PREDICT_CPU) == pytest.approx(0.4 / images)
    assert row.figure(THROUGHPUT) == pytest.approx(images / 0.2)
    assert row.figure(SIZE) == 62_720
    assert row.reused == {}


@pytest.mark.parametrize(("canonical", "shown"), [(True, True), (False, False)])
def test_published_figures_stand_only_beside_the_same_data(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
    canonical: bool,
    shown: bool,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, "centroid", canonical=canonical)
    published = PublishedResult(dataset="mnist", accuracies=(0.8, 0.9), source="a paper")
    model = plan.models[0].model_copy(update={"published": published})
    plan = plan.model_copy(update={"models": (model,)})
    record = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path))
    (row,) = summarise(record)
    assert (row.published == published) is shown
    assert published.accuracy_mean == pytest.approx(0.85)


def test_a_record_without_labels_is_refused(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    path = run_plan(plan_of(host, "centroid"), host, tiny_data, InlineEngine(), tmp_path)
    with pytest.raises(ValueError, match="no test labels"):
        summarise(read_run(path).model_copy(update={"test_labels": None}))
