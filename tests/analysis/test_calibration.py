"""Probabilities: right by scikit-learn and by hand, and the same in any order of the images."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss

from digitbench.analysis.calibration import (
    BINS,
    COVERAGES,
    LEAST_PROBABILITY,
    Calibration,
    calibrations,
)
from digitbench.analysis.outcomes import Outcomes
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_results, read_run
from digitbench.types import RunPlan, TrialData

MakeOutcomes = Callable[..., Outcomes]
Probabilities = NDArray[np.float32]


def calibration(
    make_outcomes: MakeOutcomes,
    probabilities: Sequence[Probabilities],
    labels: NDArray[np.uint8],
    predictions: NDArray[np.uint8] | None = None,
) -> Calibration:
    """Calibrate one model; it predicts what is likeliest unless told otherwise."""
    if predictions is None:
        predictions = np.array([p.argmax(axis=1) for p in probabilities], np.uint8)
    outcomes = make_outcomes("a", predictions, labels, probabilities=probabilities)
    found = calibrations(outcomes.trials, outcomes.labels)["a"]
    assert found is not None
    return found


@st.composite
def trials(draw: st.DrawFn) -> tuple[list[Probabilities], NDArray[np.uint8]]:
    """Draw the probabilities of one to three trials, and labels."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_trials, n_images = draw(st.integers(1, 3)), draw(st.integers(1, 80))
    labels = random.integers(0, 10, n_images).astype(np.uint8)
    logits = random.normal(0, draw(st.floats(0.1, 2)), (n_trials, n_images, 10))
    logits[:, np.arange(n_images), labels] += 1
    if draw(st.booleans()):  # few values, so that many images are equally confident
        logits = logits.round()
    values = np.exp(logits)
    shares = (values / values.sum(axis=2, keepdims=True)).astype(np.float32)
    return list(shares), labels


def expected_calibration_error(shares: Probabilities, labels: NDArray[np.uint8]) -> float:
    """Follow Guo et al. 2017, equations 2 and 3, word by word."""
    confidence = shares.max(axis=1).astype(float)
    right = shares.argmax(axis=1) == labels
    edges = np.linspace(0, 1, BINS + 1)
    total = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            total += inside.sum() / len(labels) * gap
    return total


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_figures_agree_with_scikit_learn_and_the_definition(
    make_outcomes: MakeOutcomes, drawn: tuple[list[Probabilities], NDArray[np.uint8]]
) -> None:
    shares, labels = drawn
    found = calibration(make_outcomes, shares, labels)
    digits = list(range(10))
    normal = [p.astype(float) / p.astype(float).sum(axis=1, keepdims=True) for p in shares]
    losses = [log_loss(labels, p, labels=digits) for p in normal]
    briers = [brier_score_loss(labels, p, labels=digits, scale_by_half=False) for p in normal]
    errors = [expected_calibration_error(p, labels) for p in shares]
    # float32 probabilities sum to 1 within 1e-7 only: scikit-learn wants them to be exact
    assert found.negative_log_likelihood.mean == pytest.approx(np.mean(losses), abs=2e-6)
    assert found.brier_score.mean == pytest.approx(np.mean(briers), abs=2e-6)
    assert found.expected_calibration_error.mean == pytest.approx(np.mean(errors), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_exact_probabilities_agree_with_scikit_learn_exactly(
    make_outcomes: MakeOutcomes, drawn: tuple[list[Probabilities], NDArray[np.uint8]]
) -> None:
    shares, labels = drawn
    halves = [(np.eye(10)[p.argmax(axis=1)] * 0.375 + 0.0625).astype(np.float32) for p in shares]
    found = calibration(make_outcomes, halves, labels)
    digits = list(range(10))
    losses = [log_loss(labels, p.astype(float), labels=digits) for p in halves]
    briers = [
        brier_score_loss(labels, p.astype(float), labels=digits, scale_by_half=False)
        for p in halves
    ]
    assert found.negative_log_likelihood.mean == pytest.approx(np.mean(losses), abs=1e-9)
    assert found.brier_score.mean == pytest.approx(np.mean(briers), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(drawn=trials())
def test_bins_and_curve_add_up_to_the_accuracy(
    make_outcomes: MakeOutcomes, drawn: tuple[list[Probabilities], NDArray[np.uint8]]
) -> None:
    shares, labels = drawn
    found = calibration(make_outcomes, shares, labels)
    accuracy = np.mean([p.argmax(axis=1) == labels for p in shares])
    assert sum(b.count for b in found.reliability) == pytest.approx(len(labels))
    right = sum(b.count * b.accuracy for b in found.reliability if b.accuracy is not None)
    assert right / len(labels) == pytest.approx(accuracy, abs=1e-9)
    assert [point.coverage for point in found.risk_coverage] == list(COVERAGES)
    assert found.risk_coverage[0].risk == pytest.approx(1 - accuracy, abs=1e-9)
    for b in found.reliability:
        if b.confidence is not None:
            assert b.low < b.confidence <= b.high + 1e-7
        assert (b.confidence is None) == (b.accuracy is None) == (b.count == 0)


@settings(max_examples=50, deadline=None)
@given(drawn=trials(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_images_changes_nothing(
    make_outcomes: MakeOutcomes,
    drawn: tuple[list[Probabilities], NDArray[np.uint8]],
    seed: int,
) -> None:
    shares, labels = drawn
    order = np.random.default_rng(seed).permutation(len(labels))
    straight = calibration(make_outcomes, shares, labels)
    shuffled = calibration(make_outcomes, [p[order] for p in shares], labels[order])
    assert flat(shuffled) == pytest.approx(flat(straight), abs=1e-9, nan_ok=True)


def flat(value: Any) -> list[float]:
    """Return all numbers of a record; NaN for those that do not exist."""
    if isinstance(value, Calibration):
        return flat(asdict(value))
    if isinstance(value, dict):
        return flat(list(value.values()))
    if isinstance(value, list | tuple):
        return [number for part in value for number in flat(part)]
    return [np.nan if value is None else float(value)]


def sure_of(confidence: Sequence[float], digit: int = 0) -> Probabilities:
    """Return rows that give a digit these probabilities, and the rest to all others alike."""
    rest = (1 - np.array(confidence)) / 9
    shares = np.repeat(rest[:, None], 10, axis=1)
    shares[:, digit] = confidence
    return shares.astype(np.float32)


@pytest.mark.parametrize("confidence", [0.4, 0.6, 0.8, 1.0])
def test_a_bin_holds_its_upper_edge_in_float32(
    confidence: float, make_outcomes: MakeOutcomes
) -> None:
    """As of five nearest neighbours: 2, 3, 4 or 5 of 5."""
    found = calibration(make_outcomes, [sure_of([confidence] * 20)], np.zeros(20, np.uint8))
    assert found is not None
    (full,) = [part for part in found.reliability if part.count]
    assert full.high == pytest.approx(confidence)


def test_the_least_confident_hundredth_is_dropped(make_outcomes: MakeOutcomes) -> None:
    confidence = np.linspace(0.5, 0.9, 200)
    labels = np.zeros(200, np.uint8)
    labels[[0, 1, 199]] = 1
    found = calibration(make_outcomes, [sure_of(confidence.tolist())], labels)
    assert found.accuracy_at_coverage.mean == pytest.approx(197 / 198, abs=1e-9)
    risks = {point.coverage: point.risk for point in found.risk_coverage}
    assert risks[1.0] == pytest.approx(3 / 200, abs=1e-9)
    assert risks[0.995] == pytest.approx(2 / 199, abs=1e-9)
    assert risks[0.5] == pytest.approx(1 / 100, abs=1e-9)


def test_of_equally_confident_images_the_expected_share_is_kept(
    make_outcomes: MakeOutcomes,
) -> None:
    labels = np.array([0] * 75 + [1] * 25, np.uint8)
    found = calibration(make_outcomes, [sure_of([0.7] * 100)], labels)
    assert {round(point.risk, 9) for point in found.risk_coverage} == {0.25}
    assert found.accuracy_at_coverage.mean == pytest.approx(0.75)


def test_an_impossible_digit_that_was_right_costs_a_bounded_amount(
    make_outcomes: MakeOutcomes,
) -> None:
    shares = np.eye(10, dtype=np.float32)[[0, 0]]
    found = calibration(make_outcomes, [shares], np.array([0, 1], np.uint8))
    assert found.negative_log_likelihood.mean == pytest.approx(-np.log(LEAST_PROBABILITY) / 2)
    assert found.brier_score.mean == pytest.approx(1.0)
    assert found.expected_calibration_error.mean == pytest.approx(0.5)
    last = found.reliability[-1]
    assert (last.count, last.confidence, last.accuracy, last.high) == (2, 1.0, 0.5, 1.0)


def test_the_confidence_is_that_of_the_digit_predicted(make_outcomes: MakeOutcomes) -> None:
    shares = sure_of([0.6, 0.6])
    predictions = np.array([[0, 3]], np.uint8)
    found = calibration(make_outcomes, [shares], np.array([0, 3], np.uint8), predictions)
    confidences = sorted(b.confidence for b in found.reliability if b.confidence is not None)
    assert confidences == pytest.approx([0.4 / 9, 0.6])
    assert found.risk_coverage[0].risk == 0


def test_trials_without_probabilities_are_left_out(make_outcomes: MakeOutcomes) -> None:
    labels = np.array([0, 1], np.uint8)
    shares = sure_of([0.9, 0.8])
    with_one = make_outcomes("a", [[0, 0], [0, 1]], labels, probabilities=[shares, None])
    without = make_outcomes("b", [[0, 0]], labels)
    found = calibrations((*with_one.trials, *without.trials), labels)
    assert found["b"] is None
    assert found["a"] is not None
    assert found["a"].trials == 1
    assert found["a"].brier_score.std is None
    assert calibrations((), labels) == {}


def test_a_stored_run_is_read_trial_by_trial(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, "centroid[noise=1],wrong-shape", trials=3)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)
    labels = read_run(path).test_labels
    assert labels is not None
    (label,) = found = calibrations(read_results(path), labels)
    assert label == "centroid[noise=1.0]"
    figures = found[label]
    assert figures is not None
    assert figures.trials == 3
    assert figures.expected_calibration_error.std is not None
