"""A run in a real MLflow store: whole, in parts, again, and with awkward values."""

import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from digitbench_mlflow.fields import milliseconds
from made_sets import MadeCondition, with_sets

if TYPE_CHECKING:
    from digitbench_mlflow.log import RunLog

pytestmark = [
    pytest.mark.skipif(find_spec("mlflow") is None, reason="needs MLflow"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning"),
]
"""MLflow uses what newer versions of SQLAlchemy advise against."""

RecordOf = Callable[..., Any]
ResultOf = Callable[..., Any]


def log_of(store: Any, record: Any) -> "RunLog":
    """Open a run's log in a store; MLflow takes a second to import."""
    from digitbench_mlflow.log import RunLog

    return RunLog(store.client, record)


def test_a_run_becomes_a_parent_with_a_nested_run_per_trial(
    store: Any, record_of: RecordOf, result_of: ResultOf
) -> None:
    record = record_of(trials=2)
    failed = result_of(record.plan, 2, status="failed", error="RuntimeError: no", accuracy=None)
    record = record.model_copy(update={"results": (record.results[0], failed)})
    assert log_of(store, record).finish(record) == 2

    (parent,) = store.parents()
    assert parent.info.run_name == record.id
    assert parent.info.status == "FINISHED"
    assert parent.info.start_time == milliseconds(record.started_at)
    assert parent.info.end_time == milliseconds(record.finished_at)
    assert parent.data.tags["digitbench.fingerprint"] == "0" * 64

    first, second = store.trials()
    assert {run.data.tags["mlflow.parentRunId"] for run in (first, second)} == {parent.info.run_id}
    assert first.info.status == "FINISHED"
    assert first.info.end_time - first.info.start_time == 2000
    assert first.data.params == {"noise": "0.5", "sharpness": "1.0"}
    assert first.data.metrics["accuracy"] == 0.9
    assert first.data.tags["details.backend"] == "numpy"
    losses = store.client.get_metric_history(first.info.run_id, "history/loss")
    assert [(point.step, point.value) for point in losses] == [(1, 0.5), (2, 0.25)]
    assert second.info.status == "FAILED"
    assert second.data.tags["digitbench.error"] == "RuntimeError: no"
    assert "accuracy" not in second.data.metrics


def test_a_run_logged_again_is_there_once(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=3)
    log_of(store, record).finish(record)
    before = store.content()
    again = log_of(store, record)
    assert again.existed
    assert again.finish(record) == 0
    assert store.content() == before


def test_metrics_of_plugins_join_the_trials_that_are_there_once(
    store: Any, new_store: Callable[[str], Any], record_of: RecordOf
) -> None:
    record = record_of(trials=2)
    log_of(store, record).finish(record)
    first, second = record.results
    metrics = {"log_loss": 0.25, "ece": 0.5}
    found = (first, second.model_copy(update={"metrics": metrics}))
    measured = record.model_copy(update={"results": found})
    assert log_of(store, measured).finish(measured) == 1
    assert store.trials()[1].data.metrics.items() >= metrics.items()
    assert not store.trials()[0].data.metrics.keys() & metrics.keys()

    at_once = new_store("at-once")
    log_of(at_once, measured).finish(measured)
    assert at_once.content() == store.content()
    assert log_of(store, measured).finish(measured) == 0
    assert at_once.content() == store.content()


def test_what_was_lost_on_the_way_is_added(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=3)
    live = log_of(store, record)
    live.add(record.results[1])
    (parent,) = store.parents()
    assert parent.info.status == "RUNNING"
    assert log_of(store, record).finish(record) == 2
    assert len(store.trials()) == 3
    (parent,) = store.parents()
    assert parent.info.status == "FINISHED"


def test_a_trial_left_half_written_is_written_anew(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=1)
    log_of(store, record).finish(record)
    whole = store.content()
    (trial,) = store.trials()
    store.client.update_run(trial.info.run_id, status="RUNNING")
    assert log_of(store, record).finish(record) == 1
    assert store.content() == whole


def test_a_trial_run_again_replaces_the_failed_one(
    store: Any, record_of: RecordOf, result_of: ResultOf
) -> None:
    record = record_of(trials=1)
    (good,) = record.results
    earlier = good.started_at - timedelta(seconds=5)
    failed = result_of(record.plan, 1, status="failed", error="no", started_at=earlier)
    first = record.model_copy(update={"results": (failed,), "status": "interrupted"})
    log_of(store, first).finish(first)
    assert store.parents()[0].info.status == "KILLED"
    assert log_of(store, record).finish(record) == 1
    (trial,) = store.trials()
    assert trial.info.status == "FINISHED"
    assert store.parents()[0].info.status == "FINISHED"


def test_a_run_still_going_on_stays_so(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=2, status="running", finished_at=None)
    log_of(store, record).finish(record)
    (parent,) = store.parents()
    assert parent.info.status == "RUNNING"
    assert parent.info.end_time is None


def test_runs_of_one_name_but_another_start_are_two(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=1)
    elsewhere = record.model_copy(update={"started_at": record.started_at + timedelta(seconds=1)})
    for one in (record, elsewhere):
        assert log_of(store, one).finish(one) == 1
    assert len(store.parents()) == 2


def test_somebody_elses_run_inside_ours_is_left_alone(store: Any, record_of: RecordOf) -> None:
    record = record_of(trials=1)
    log_of(store, record).finish(record)
    (parent,) = store.parents()
    tags = {"mlflow.parentRunId": parent.info.run_id}
    store.client.create_run(parent.info.experiment_id, tags=tags, run_name="a note")
    assert log_of(store, record).finish(record) == 0
    assert len(store.trials()) == 2


def test_awkward_names_and_values_are_taken(
    store: Any, record_of: RecordOf, result_of: ResultOf
) -> None:
    record = record_of(trials=1)
    result = result_of(
        record.plan,
        1,
        error="x" * 20_000,
        status="failed",
        details={
            "../a//b": 1,
            "": "empty",
            "long": "x" * 20_000,
            "k" * 400: "é",
            "quote'": "a 'b' \"c\"",
        },
        history=tuple(
            {"loss": math.nan, "..": math.inf, "a/": 1.0, "größe %": step} for step in range(300)
        ),
    )
    options = {f"option_{number}": "" for number in range(150)}
    result = result.model_copy(update={"spec": result.spec.model_copy(update={"options": options})})
    record = record.model_copy(update={"results": (result,), "id": 'it\'s "a" run'})
    assert log_of(store, record).finish(record) == 1
    assert log_of(store, record).finish(record) == 0
    (trial,) = store.trials()
    assert len(trial.data.params) == 150
    assert len(trial.data.tags["digitbench.error"]) == 2000
    assert len(trial.data.tags["details.long"]) == 5000
    assert trial.data.tags["details.___a__b"] == "1"
    steps = store.client.get_metric_history(trial.info.run_id, "history/größe _")
    assert [point.value for point in steps] == list(range(300))


def with_made_sets(record: Any, sets: dict[str, list[MadeCondition]], accuracy: float) -> Any:
    """Return a run whose model is right on a share of the test images, and has predicted sets."""
    right = np.arange(100).astype(np.uint8) % 10
    wrong = np.arange(100) >= 100 * accuracy
    predictions = np.where(wrong, (right + 1) % 10, right).astype(np.uint8)
    results = tuple(r.model_copy(update={"predictions": predictions}) for r in record.results)
    return with_sets(record.model_copy(update={"results": results, "test_labels": right}), sets)


def made_condition(name: str, accuracies: Sequence[float], severity: int | None = 1) -> Any:
    """Return a condition of the test images, of which a model gets so many right in each trial."""
    places = np.arange(100)
    right = (places % 10).astype(np.uint8)
    predictions = [np.where(places < 100 * one, right, (right + 1) % 10) for one in accuracies]
    label = "centroid[noise=0.5]"
    return MadeCondition(right, {label: np.stack(predictions)}, name, severity, places)


def test_further_test_sets_are_logged_by_trial_and_by_run_once(
    store: Any, record_of: RecordOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = record_of(trials=2)
    conditions = [made_condition("fog", [0.5, 0.75]), made_condition("turn", [0.75, 0.25])]
    sets = {"corruptions": conditions, "lost": []}
    record = with_made_sets(plain, sets, 0.9)
    assert log_of(store, plain).finish(plain) == 2
    assert log_of(store, record).finish(record) == 2
    first, second = store.trials()
    names = ("test_sets.corruptions", *(f"test_sets.corruptions.{n}_1" for n in ("fog", "turn")))
    found = [[run.data.metrics[f"{n}.accuracy"] for n in names] for run in (first, second)]
    assert found == [[0.625, 0.5, 0.75], [0.5, 0.75, 0.25]]
    (parent,) = store.parents()
    assert parent.data.metrics == {
        "test_sets.corruptions.accuracy.centroid_noise_0_5": 0.5625,
        "test_sets.corruptions.mean_corruption_error.centroid_noise_0_5": 1.0,
    }
    calls: list[Any] = []
    monkeypatch.setattr(store.client, "log_batch", lambda *args: calls.append(args))
    assert log_of(store, record).finish(record) == 0
    assert not calls


def test_more_trials_change_the_means_of_a_run(store: Any, record_of: RecordOf) -> None:
    conditions = [made_condition("fog", [0.5, 0.75])]
    whole = with_made_sets(record_of(trials=2), {"corruptions": conditions}, 0.9)
    part = whole.model_copy(update={"results": whole.results[:1], "status": "interrupted"})
    key = "test_sets.corruptions.accuracy.centroid_noise_0_5"
    for record, mean in ((part, 0.5), (whole, 0.625)):
        log_of(store, record).finish(record)
        (parent,) = store.parents()
        assert parent.data.metrics[key] == mean
    history = store.client.get_metric_history(parent.info.run_id, key)
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.625)]


def test_sets_of_awkward_names_keep_apart(store: Any, record_of: RecordOf) -> None:
    names = ["../a//b", "<b>[x=1]", "<b>[x:1]", "é" * 400]
    sets = {
        name: [made_condition("", [share], None)]
        for name, share in zip(names, (0.1, 0.2, 0.3, 0.4), strict=True)
    }
    record = with_made_sets(record_of(trials=1), sets, 0.9)
    assert log_of(store, record).finish(record) == 1
    (trial,) = store.trials()
    found = {key: value for key, value in trial.data.metrics.items() if "test_sets" in key}
    assert sorted(found.values()) == [0.1, 0.2, 0.3, 0.4]
    assert found["test_sets.b__x_1.accuracy"] == 0.2
    assert found["test_sets.b__x_1_2.accuracy"] == 0.3
