"""Records as tags, parameters and metrics."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from digitbench_mlflow.fields import (
    Point,
    milliseconds,
    run_status,
    run_tags,
    trial_end,
    trial_metrics,
    trial_params,
    trial_tags,
)

RecordOf = Callable[..., Any]
ResultOf = Callable[..., Any]


def test_the_tags_of_a_run_say_what_ran_on_what_and_where(record_of: RecordOf) -> None:
    tags = run_tags(record_of(trials=3))
    expected = {
        "digitbench.run_id": "20260301T120000Z-centroid",
        "digitbench.started_at": "2026-03-01T12:00:00.250000+00:00",
        "digitbench.models": "centroid[noise=0.5]",
        "digitbench.dataset": "tiny",
        "digitbench.fingerprint": "0" * 64,
        "digitbench.engine": "inline",
        "digitbench.threads": "1",
        "digitbench.trials": "3",
        "digitbench.version.numpy": "2.4.0",
        "digitbench.version.python": "3.12.1",
    }
    assert expected.items() <= tags.items()


def test_the_tags_say_what_varied_and_of_what_samples(record_of: RecordOf) -> None:
    record = record_of(trials=1)
    usual = run_tags(record)
    assert usual["digitbench.vary"] == "seed"
    assert not {"digitbench.resample", "digitbench.fraction"} & usual.keys()
    (result,) = record.results
    assert "digitbench.training_seed" not in trial_tags(record, result)
    drawn = {"method": "subsample", "fraction": 0.25}
    stored = record.plan.model_dump() | {"vary": "data", "resampling": drawn}
    plan = type(record.plan).model_validate(stored)
    tags = run_tags(record.model_copy(update={"plan": plan}))
    assert tags["digitbench.vary"] == "data"
    assert (tags["digitbench.resample"], tags["digitbench.fraction"]) == ("subsample", "0.25")
    design = {"pair": ("a", "b"), "looks": (1, 3, 5)}
    stored = record.plan.model_dump() | {"sequential": design}
    tags = run_tags(record.model_copy(update={"plan": type(plan).model_validate(stored)}))
    assert tags["digitbench.until_decided"] == "a and b, after 1, 3, 5 trials"
    assert tags["digitbench.quick"] == "false"
    result = result.model_copy(update={"spec": plan.trial_specs()[0]})
    assert trial_tags(record, result)["digitbench.training_seed"].isdigit()


def test_every_number_of_a_trial_is_a_metric_and_what_is_absent_is_not(
    record_of: RecordOf,
) -> None:
    (result,) = record_of(trials=1).results
    assert list(trial_metrics(result)) == [
        Point("accuracy", 0.9),
        Point("fit_seconds", 1.5),
        Point("predict_seconds", 0.25),
        Point("fit_cpu_seconds", 1.25),
        Point("n_parameters", 7840),
        Point("history/loss", 0.5, 1),
        Point("history/loss", 0.25, 2),
    ]


def test_options_are_parameters_as_text(record_of: RecordOf) -> None:
    (result,) = record_of(trials=1).results
    options = {"flag": True, "filters": [8, 16], "rate": 0.5, "name": "x", "nothing": None}
    spec = result.spec.model_copy(update={"options": options})
    assert trial_params(result.model_copy(update={"spec": spec})) == {
        "flag": "true",
        "filters": "[8, 16]",
        "rate": "0.5",
        "name": "x",
        "nothing": "null",
    }


def test_the_tags_of_a_trial_name_it_and_its_plugin(
    record_of: RecordOf, result_of: ResultOf
) -> None:
    record = record_of(trials=2)
    failed = result_of(record.plan, 2, status="failed", error="RuntimeError: no", details={})
    tags = trial_tags(record, failed)
    assert tags["digitbench.model"] == "centroid[noise=0.5]"
    assert tags["digitbench.trial"] == "2"
    assert tags["digitbench.seed"] == str(failed.spec.seed)
    assert tags["digitbench.plugin"].endswith("centroid.py")
    assert tags["digitbench.error"] == "RuntimeError: no"
    assert "digitbench.reused_from" not in tags


def test_the_end_of_a_trial(record_of: RecordOf) -> None:
    (result,) = record_of(trials=1).results
    assert trial_end(result) == result.finished_at
    older = result.model_copy(update={"finished_at": None})
    assert trial_end(older) == result.started_at + timedelta(seconds=1.75)
    failed = older.model_copy(update={"fit_seconds": None, "predict_seconds": None})
    assert trial_end(failed) == result.started_at


@pytest.mark.parametrize(
    ("status", "word"),
    [("running", "RUNNING"), ("complete", "FINISHED"), ("interrupted", "KILLED")],
)
def test_the_status_of_a_run(record_of: RecordOf, status: str, word: str) -> None:
    assert run_status(record_of(status=status)) == word


def test_times_are_milliseconds(record_of: RecordOf) -> None:
    assert milliseconds(record_of().started_at) == 1_772_366_400_250
