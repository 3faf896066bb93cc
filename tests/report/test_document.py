"""The JSON document: documented names, fractions, and null for what does not exist."""

import json
import math

import pytest

from digitbench.analysis.summary import summarise
from digitbench.metrics import FIT_CPU, LATENCY, LATENCY_P95, PREDICT_CPU, SIZE, THROUGHPUT
from digitbench.report.document import run_document, to_json
from digitbench.types import RunRecord


def test_the_documented_fields(record: RunRecord) -> None:
    document = json.loads(to_json(run_document(record)))
    assert document["dataset"]["name"] == "mnist"
    assert document["status"] == "complete"
    noisy, sure, failing = document["models"]
    assert [noisy["model"], sure["model"], failing["model"]] == [
        "centroid[noise=0.3]",
        "centroid",
        "wrong-labels",
    ]
    summary = summarise(record)[0]
    assert summary.accuracy is not None
    assert noisy["accuracy_mean"] == summary.accuracy.mean
    assert noisy["accuracy_std"] == summary.accuracy.std
    assert [trial["accuracy"] for trial in noisy["trials"]] == [
        trial.accuracy for trial in summary.trials
    ]
    assert noisy["published_accuracy_mean"] == pytest.approx(0.92)
    assert 0 < noisy["accuracy_min"] <= noisy["accuracy_max"] <= 1


def test_what_does_not_exist_is_null(record: RunRecord) -> None:
    _, sure, failing = json.loads(to_json(run_document(record)))["models"]
    assert sure["accuracy_std"] is None
    assert sure["accuracy_interval_low"] is None
    assert failing["accuracy_mean"] is None
    assert failing["trials_failed"] == 3
    assert failing["trials"][0]["status"] == "failed"
    assert failing["trials"][0]["error"].startswith("predict returned labels")


def test_costs_stand_per_model_and_per_trial(record: RunRecord) -> None:
    noisy, _, failing = json.loads(to_json(run_document(record)))["models"]
    summary = summarise(record)[0]
    figures = {
        "fit_cpu_seconds_mean": summary.figure(FIT_CPU),
        "predict_cpu_seconds_per_image": summary.figure(PREDICT_CPU),
        "predict_images_per_second": summary.figure(THROUGHPUT),
        "latency_median_seconds": summary.figure(LATENCY),
        "latency_p95_seconds": summary.figure(LATENCY_P95),
        "model_size_bytes": summary.figure(SIZE),
    }
    assert None not in figures.values()
    assert {name: noisy[name] for name in figures} == figures
    assert [failing[name] for name in figures] == [None] * len(figures)
    per_trial = (
        "fit_cpu_seconds",
        "predict_cpu_seconds",
        "latency_median_seconds",
        "latency_p95_seconds",
        "model_size_bytes",
    )
    for document, trial in zip(noisy["trials"], summary.trials, strict=True):
        assert {name: document[name] for name in per_trial} == {
            name: getattr(trial, name) for name in per_trial
        }
        assert document["threads"] == trial.spec.threads
    assert [failing["trials"][0][name] for name in per_trial] == [None] * len(per_trial)


def test_reused_trials_are_marked(record: RunRecord) -> None:
    first, *others = record.results
    reused = first.model_copy(update={"reused_from": "earlier"})
    changed = record.model_copy(update={"results": (reused, *others)})
    models = json.loads(to_json(run_document(changed)))["models"]
    marks = [trial["reused_from"] for model in models for trial in model["trials"]]
    assert sorted(marks, key=str) == [*[None] * len(others), "earlier"]


def test_json_never_holds_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"x": math.nan})
