"""Metrics of plugins: right by scikit-learn, and no fault of one spoils another."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import f1_score, log_loss

from builders import made_record
from digitbench.analysis import standard_metrics
from digitbench.analysis.summary import summarise
from digitbench.errors import ContractError
from digitbench.metrics import FIT, METRICS, taken_names
from digitbench.plugin_validation import check_metric
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.report.frames import summary_frame, trials_frame
from digitbench.report.tables.spreadsheet import COLUMNS
from digitbench.runner.plugin_metrics import computed_metrics
from digitbench.types import MetricInputs, MetricSpec, TrialResult


@pytest.fixture(scope="module")
def own() -> PluginHost:
    """Return digitbench's own metrics."""
    host = PluginHost()
    host.add(PluginInfo("metrics"), lambda: standard_metrics)
    assert host.failures == []
    return host


def made_inputs(seed: int, images: int) -> MetricInputs:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, images).astype(np.uint8)
    probabilities = rng.dirichlet(np.full(10, 0.3), images)
    probabilities[np.arange(images), labels] += rng.random(images)
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    predictions = probabilities.argmax(axis=1).astype(np.uint8)
    return MetricInputs(predictions, probabilities, labels, 10)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), images=st.integers(1, 200))
def test_they_agree_with_scikit_learn(own: PluginHost, seed: int, images: int) -> None:
    inputs = made_inputs(seed, images)
    assert inputs.probabilities is not None
    found = {key: offer.spec.compute(inputs) for key, offer in own.metrics.items()}
    shares = inputs.probabilities.astype(np.float64)
    truth = np.eye(10)[inputs.labels]
    assert found["macro_f1"] == pytest.approx(
        f1_score(inputs.labels, inputs.predictions, average="macro")
    )
    assert found["log_loss"] == pytest.approx(
        log_loss(inputs.labels, inputs.probabilities, labels=range(10)), rel=1e-4
    )
    assert found["brier_score"] == pytest.approx(
        ((shares - truth) ** 2).sum(axis=1).mean(), rel=1e-5
    )
    sure = shares.max(axis=1)
    right = inputs.predictions == inputs.labels
    accuracy, confidence = calibration_curve(right, sure, n_bins=15)
    counts = np.histogram(sure, np.linspace(0, 1, 16))[0]
    weights = counts[counts > 0] / images
    assert found["ece"] == pytest.approx(np.sum(weights * np.abs(accuracy - confidence)), rel=1e-4)
    assert list(found) == ["macro_f1", "log_loss", "brier_score", "ece"]


def test_digits_that_are_not_there_do_not_count_in_macro_f1(own: PluginHost) -> None:
    labels = np.array([0, 0, 1], np.uint8)
    inputs = MetricInputs(labels, None, labels, 10)
    assert own.metrics["macro_f1"].spec.compute(inputs) == 1.0


def test_without_probabilities_only_predictions_are_judged(own: PluginHost) -> None:
    record = made_record({"a": [[0, 1], [0, 0]], "b": np.zeros((0, 2))}, [0, 1])
    assert record.test_labels is not None
    found = computed_metrics(own.metrics.values(), record.results, record.test_labels)
    assert found.problems == ()
    assert [set(values) for values in found.values.values()] == [{"macro_f1"}] * 2
    told, failed = summarise(record, found)
    macro_f1, log_loss_, *_ = found.metrics
    assert told.figure(macro_f1) == pytest.approx((1 + 1 / 3) / 2)
    assert told.figure(log_loss_) is None
    assert failed.figure(macro_f1) is None


def test_what_a_plugin_does_wrong_is_one_line_and_the_rest_stands(
    host_of: Callable[..., PluginHost],
) -> None:
    host = host_of("error_counts")
    assert "zeros_missed" in host.metrics
    refused = [reason.partition("digitbench_metrics: ")[2] for reason in host.metric_failures]
    assert [text.split("'")[0] for text in refused] == [
        "the metric key ",
        "bad metric key ",
        "the name ",
    ]
    record = made_record({"a": [[0, 1], [5, 1]]}, [0, 1])
    assert record.test_labels is not None
    found = computed_metrics(host.metrics.values(), record.results, record.test_labels)
    assert [metric.key for metric in found.metrics] == ["zeros_missed"]
    assert [dict(values) for values in found.values.values()] == [
        {"zeros_missed": 0.0},
        {"zeros_missed": 1.0},
    ]
    assert len(found.problems) == 6
    for problem, key in zip(
        found.problems,
        ("not_finite", "words", "raises", "leaves", "vandal", "no_fraction"),
        strict=True,
    ):
        assert "error_counts.py: " in problem
        assert f"metric '{key}' is left out: " in problem
        assert "\n" not in problem
    assert record.results[0].predictions is not None
    assert record.results[0].predictions.tolist() == [0, 1]


def test_every_metric_is_declared_once() -> None:
    fields = [name for metric in METRICS for name in metric.fields]
    assert len(fields) == len(set(fields))
    assert FIT.fields == (
        "fit_seconds_mean",
        "fit_seconds_std",
        "fit_seconds_min",
        "fit_seconds_max",
    )


@pytest.mark.parametrize(
    "key",
    ["seed", "difference", "test_set", "accuracy", "fit_seconds_mean", "latency_seconds", "status"],
)
def test_a_key_that_would_give_a_name_twice_is_refused(key: str) -> None:
    with pytest.raises(ContractError, match="a name of digitbench's own"):
        check_metric(MetricSpec(key, "M", "A metric.", lambda _: 1.0))


def test_no_column_of_our_own_is_free_for_plugins() -> None:
    taken = taken_names(TrialResult.model_fields)
    record = made_record({"a": [[0, 1], [0, 0]]}, [0, 1])
    assert {*COLUMNS, *trials_frame(record).columns, *summary_frame(record).columns} <= taken
