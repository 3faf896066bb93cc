"""The JSON document: documented names, fractions, and null for what does not exist."""

import json
import math

import pytest

from digitbench.analysis.summary import summarise
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


def test_json_never_holds_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"x": math.nan})
