"""A model over runs: series by options and data, what changed, and changes beyond noise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from digitbench.analysis.history import Movement, model_history
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.provenance import DifferenceKind, Fact
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import RunPlan, RunRecord, TrialData
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

RunOnce = Callable[..., RunRecord]
MODELS = "centroid[noise=0.6],centroid"


@pytest.fixture(scope="module")
def run_once(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> RunOnce:
    """Return a function that runs models on the tiny data and reads the run back."""
    host = host_of("centroid", "faulty_models")

    def run(models: str = MODELS, **options: Any) -> RunRecord:
        plan = plan_of(host, models, **options)
        root = tmp_path_factory.mktemp("runs")
        return read_run(run_plan(plan, host, tiny_data, InlineEngine(), root))

    return run


@pytest.fixture(scope="module")
def record(run_once: RunOnce) -> RunRecord:
    return run_once(trials=4)


def with_plan(record: RunRecord, **changed: Any) -> RunRecord:
    return record.model_copy(update={"plan": record.plan.model_copy(update=changed)})


def with_data(record: RunRecord, **changed: Any) -> RunRecord:
    return with_plan(record, dataset=record.plan.dataset.model_copy(update=changed))


def with_environment(record: RunRecord, **changed: Any) -> RunRecord:
    return record.model_copy(update={"environment": record.environment.model_copy(update=changed)})


def with_model(record: RunRecord, **changed: Any) -> RunRecord:
    first, *others = record.plan.models
    return with_plan(record, models=(first.model_copy(update=changed), *others))


def accuracies(record: RunRecord, label: str) -> list[float]:
    return [
        result.accuracy
        for result in record.results
        if result.spec.model == label and result.accuracy is not None
    ]


def test_a_series_for_each_set_of_options_and_data_set(record: RunRecord) -> None:
    other_data = with_data(record, name="other", fingerprint="1" * 64)
    history = model_history([record, other_data, record], "centroid")
    assert [(series.label, series.dataset, len(series.entries)) for series in history] == [
        ("centroid[noise=0.6]", "tiny", 2),
        ("centroid", "tiny", 2),
        ("centroid[noise=0.6]", "other", 1),
        ("centroid", "other", 1),
    ]


def test_a_full_label_takes_its_options_alone(record: RunRecord) -> None:
    (series,) = model_history([record], "centroid[noise=0.6]")
    assert series.label == "centroid[noise=0.6]"
    assert series.entries[0].summary.accuracy is not None
    mean = np.mean(accuracies(record, "centroid[noise=0.6]"))
    assert series.entries[0].summary.accuracy.mean == pytest.approx(mean, abs=1e-12)


def test_the_first_entry_and_one_that_repeats_it_have_no_changes(record: RunRecord) -> None:
    (series, _) = model_history([record, record], "centroid")
    first, second = series.entries
    assert first.changes == second.changes == ()
    assert first.step is None
    assert second.step is not None
    assert second.step.since == record.id
    assert second.step.difference.mean == 0
    assert second.step.movement is Movement.NOISE


@pytest.mark.parametrize(
    ("change", "what", "before", "now"),
    [
        (lambda r: with_plan(r, threads=7), "number of threads", "1", "7"),
        (lambda r: with_plan(r, jobs=3), "number of jobs", "1", "3"),
        (lambda r: with_plan(r, base_seed=9), "seed", "0", "9"),
        (lambda r: with_data(r, fingerprint="a" * 64), "data", "0" * 12, "a" * 12),
        (lambda r: with_environment(r, processor="Z80"), "processor", None, "Z80"),
        (lambda r: with_environment(r, cpus=999), "processors", None, "999"),
        (lambda r: with_environment(r, python="2.7"), "Python", None, "2.7"),
        (lambda r: with_model(r, source_hash="b" * 64), "source", None, "b" * 12),
        (lambda r: with_model(r, plugin="elsewhere"), "plugin", None, "elsewhere"),
        (
            lambda r: with_model(r, options={"sharpness": 2.0, "noise": 0.6}),
            "option sharpness",
            "1.0",
            "2.0",
        ),
    ],
)
def test_what_is_different_from_the_run_before_is_named(
    record: RunRecord,
    change: Callable[[RunRecord], RunRecord],
    what: str,
    before: str | None,
    now: str,
) -> None:
    (series,) = model_history([record, change(record)], "centroid[noise=0.6]")
    (found,) = series.entries[1].changes
    assert (found.what, str(found.now)) == (what, now)
    assert before is None or str(found.then) == before


def test_the_version_of_the_plugin_and_of_a_library(record: RunRecord) -> None:
    versions = record.environment.versions

    def history(before: dict[str, str], now: dict[str, str]) -> tuple[Fact, ...]:
        runs = [
            with_environment(with_model(record, distribution="mine"), versions=versions | other)
            for other in (before, now)
        ]
        (series,) = model_history(runs, "centroid[noise=0.6]")
        return series.entries[1].changes

    assert history({"mine": "1"}, {"mine": "2"}) == (
        Fact(DifferenceKind.VERSION, "1", "2", "mine"),
    )
    assert history({}, {"mine": "2"}) == (Fact(DifferenceKind.VERSION, None, "2", "mine"),)
    assert history({}, {"numpy": "9"}) == (
        Fact(DifferenceKind.VERSION, versions["numpy"], "9", "numpy"),
    )


def test_the_interval_is_welchs(record: RunRecord, run_once: RunOnce) -> None:
    other = run_once(trials=5, seed=1)
    label = "centroid[noise=0.6]"
    (series,) = model_history([record, other], label)
    step = series.entries[1].step
    assert step is not None
    now, before = accuracies(other, label), accuracies(record, label)
    expected = stats.ttest_ind(now, before, equal_var=False).confidence_interval(0.95)
    assert step.difference.interval == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert [change.what for change in series.entries[1].changes] == ["seed"]


def test_a_change_beyond_noise_has_its_direction(record: RunRecord, run_once: RunOnce) -> None:
    good = run_once("centroid[noise=0.05]", trials=4)
    bad = run_once("centroid[noise=9]", trials=4)
    runs = [
        with_plan(
            run.model_copy(
                update={
                    "results": tuple(
                        r.model_copy(update={"spec": r.spec.model_copy(update={"model": "m"})})
                        for r in run.results
                    )
                }
            ),
            models=(run.plan.models[0].model_copy(update={"label": "m"}),),
        )
        for run in (good, bad, good)
    ]
    (series,) = model_history(runs, "m")
    movements = [entry.step.movement for entry in series.entries if entry.step]
    assert movements == [Movement.LOWER, Movement.HIGHER]


def test_what_is_on_other_data_is_not_compared(record: RunRecord) -> None:
    other = with_data(record, fingerprint="c" * 64)
    (series,) = model_history([record, other, record], "centroid[noise=0.6]")
    assert series.entries[1].step is None
    assert series.entries[2].step is not None
    assert series.entries[2].step.since == record.id
    assert [c.what for c in series.entries[2].changes] == ["data"]


def test_a_deterministic_model_has_no_noise(record: RunRecord) -> None:
    right = record.test_labels
    assert right is not None
    results = tuple(
        r.model_copy(update={"predictions": right, "accuracy": 1.0})
        if r.spec.model == "centroid"
        else r
        for r in record.results
    )
    perfect = record.model_copy(update={"results": results})
    wrong = right.copy()
    wrong[0] = (wrong[0] + 1) % 10
    accuracy = float(np.mean(wrong == right))
    results = tuple(
        r.model_copy(update={"predictions": wrong, "accuracy": accuracy})
        if r.spec.model == "centroid"
        else r
        for r in record.results
    )
    flawed = record.model_copy(update={"results": results})
    series = model_history([perfect, flawed], "centroid")[1]
    step = series.entries[1].step
    assert step is not None
    assert step.movement is Movement.LOWER
    assert step.difference.interval == pytest.approx((accuracy - 1, accuracy - 1))


def test_a_model_that_became_deterministic_or_ceased_to_be(record: RunRecord) -> None:
    label = "centroid[noise=0.6]"
    first = tuple(r for r in record.results if r.spec.trial == 1)
    once = with_model(record, deterministic=True).model_copy(update={"results": first})
    (forth,) = model_history([record, once], label)
    (back,) = model_history([once, record], label)
    one, other = forth.entries[1].step, back.entries[1].step
    assert one is not None
    assert other is not None
    assert one.difference.interval is not None
    assert other.difference.interval is not None
    low, high = one.difference.interval
    assert other.difference.interval == pytest.approx((-high, -low))
    assert other.difference.mean == pytest.approx(-one.difference.mean)


def test_a_single_trial_has_an_unknown_spread(record: RunRecord, run_once: RunOnce) -> None:
    single = run_once(trials=1)
    (series,) = model_history([record, single], "centroid[noise=0.6]")
    step = series.entries[1].step
    assert step is not None
    assert step.movement is Movement.UNKNOWN


def test_a_run_whose_trials_all_failed_is_skipped_over(
    record: RunRecord, run_once: RunOnce
) -> None:
    failed = tuple(
        r.model_copy(update={"status": "failed", "error": "no", "predictions": None})
        for r in record.results
    )
    broken = record.model_copy(update={"results": failed, "id": "broken"})
    (series,) = model_history([record, broken, record], "centroid[noise=0.6]")
    assert series.entries[1].summary.accuracy is None
    assert series.entries[1].step is None
    assert series.entries[2].step is not None
    assert series.entries[2].step.since == record.id


def with_wrong(record: RunRecord, wrong: dict[int, list[int]]) -> RunRecord:
    """Keep the trials named, of the first model, each with these images wrong."""
    right = record.test_labels
    assert right is not None
    label = record.plan.models[0].label
    results = []
    for result in record.results:
        if result.spec.model == label and result.spec.trial in wrong:
            predictions = right.copy()
            predictions[wrong[result.spec.trial]] = (right[wrong[result.spec.trial]] + 1) % 10
            accuracy = float(np.mean(predictions == right))
            results.append(
                result.model_copy(update={"predictions": predictions, "accuracy": accuracy})
            )
    return record.model_copy(update={"results": tuple(results)})


def test_two_trials_that_agree_by_chance_are_no_spread_of_zero(record: RunRecord) -> None:
    """Each run has two trials with equally many wrong, on images that flip."""
    label = record.plan.models[0].label
    before = with_wrong(record, {1: [0], 2: [1]})
    now = with_wrong(record, {1: [2, 3], 2: [0, 4]})
    (series,) = model_history([before, now], label)
    step = series.entries[1].step
    assert step is not None
    assert step.difference.mean < 0
    assert step.movement is Movement.NOISE


def test_a_clear_change_of_trials_that_agree_is_still_seen(record: RunRecord) -> None:
    label = record.plan.models[0].label
    before, now = (with_wrong(record, {1: wrong, 2: wrong}) for wrong in ([], list(range(8))))
    (series,) = model_history([before, now], label)
    step = series.entries[1].step
    assert step is not None
    assert step.movement is Movement.LOWER


def test_a_further_test_set_over_the_runs() -> None:
    models = [MadeModel("cnn", 0.9), MadeModel("knn", 0.8)]

    def made(
        name: str, share: float | None, label: str = "corruptions", seed: int = 0
    ) -> RunRecord:
        record = run_of(models, run_id=name, images=400)
        right = np.asarray(record.test_labels)
        if share is None:
            return record
        condition = MadeCondition(
            right, drawn(record, lambda _: share, right), "fog", 3, np.arange(400)
        )
        return with_sets(record, {label: [condition]})

    records = [made("a", 0.5), made("b", None), made("c", 0.9), made("d", 0.9, "corruptions[x=1]")]
    for name in ("corruptions", "corruptions/fog"):
        series, other = model_history(records, "cnn", name)
        assert [entry.run for entry in series.entries] == ["a", "c"]
        assert [entry.run for entry in other.entries] == ["d"]
        assert series.entries[0].step is None
        step = series.entries[1].step
        assert step is not None
        assert step.movement is Movement.HIGHER
        assert step.difference.mean == pytest.approx(0.4, abs=0.1)
    assert other.test_set == "corruptions[x=1]/fog@3"
    assert not model_history(records, "cnn", "fresh")
    (plain,) = model_history(records, "cnn")
    assert (len(plain.entries), plain.test_set) == (4, None)


def test_a_set_that_was_not_loaded_or_is_not_the_only_one_of_its_name() -> None:
    record = run_of([MadeModel("cnn", 0.9)], images=50)
    right = np.asarray(record.test_labels)
    condition = MadeCondition(right, drawn(record, lambda _: 0.5, right))
    assert not model_history([with_sets(record, {"fresh": []})], "cnn", "fresh")
    two = with_sets(record, {"idx[a=1]": [condition], "idx[a=2]": [condition]})
    with pytest.raises(UsageError, match="name one whole"):
        model_history([two], "cnn", "idx")
