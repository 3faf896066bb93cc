"""How long trials may take: means of like trials, roughly where conditions differ, and jobs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from builders import made_environment, made_run
from digitbench.analysis.estimate import Estimate, estimate, expected_seconds
from digitbench.plugins import PluginHost
from digitbench.types import (
    Environment,
    PlannedCondition,
    PlannedTestSet,
    RunPlan,
    RunRecord,
    TrialResult,
)

HERE = made_environment(processor="quick", cpus=4)


@pytest.fixture
def plan(host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]) -> RunPlan:
    """Plan four trials of a noisy model and one of a sure one."""
    return plan_of(host_of("centroid"), "centroid[noise=1],centroid", trials=4)


def run_of(
    plan: RunPlan, seconds: dict[str, float], environment: Environment = HERE, **trial: Any
) -> RunRecord:
    """Make a run in which each trial of a model took some seconds, a quarter of it to predict."""
    results = tuple(
        TrialResult(
            spec=spec,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            **{
                "status": "ok",
                "fit_seconds": 0.75 * seconds[spec.model],
                "predict_seconds": 0.25 * seconds[spec.model],
            }
            | trial,
        )
        for spec in plan.trial_specs()
        if spec.model in seconds
    )
    return made_run(plan, results, environment=environment)


def expected(plan: RunPlan, *earlier: RunRecord) -> Estimate:
    return estimate(plan, plan.trial_specs(), HERE, earlier)


def test_the_mean_over_the_trials_of_all_earlier_runs(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    two = plan.model_copy(update={"trials": 2})
    found = expected(plan, run_of(plan, {noisy: 1, sure: 10}), run_of(two, {noisy: 4}))
    assert found.models[0].trial_seconds == pytest.approx((4 * 1 + 2 * 4) / 6)
    assert found.models[0].trials_measured == 6
    assert found.models[0].seconds == pytest.approx(8)
    assert found.models[1].trial_seconds == pytest.approx(10)
    assert found.seconds == pytest.approx(18)
    assert all(model.same_conditions for model in found.models)
    assert found.unknown == ()


def test_a_further_image_takes_as_long_as_a_test_image(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    size = 3 * plan.dataset.test_size
    far = PlannedTestSet(
        label="far",
        name="far",
        conditions=(
            PlannedCondition(name="dark", size=size),
            PlannedCondition(name="same", size=9, of_test=True, paired=True),
        ),
    )
    earlier = run_of(plan, {noisy: 1, sure: 10})
    found = expected(plan.model_copy(update={"test_sets": (far,)}), earlier)
    assert found.models[0].trial_seconds == pytest.approx(0.75 + 4 * 0.25)
    assert found.models[1].trial_seconds == pytest.approx(7.5 + 4 * 2.5)


def test_what_was_never_run_is_not_known_and_counts_as_nothing(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    found = expected(plan, run_of(plan, {sure: 3}))
    assert [model.planned.label for model in found.unknown] == [noisy]
    assert (found.models[0].trial_seconds, found.models[0].seconds) == (None, None)
    assert found.seconds == pytest.approx(3)
    assert expected(plan).seconds is None


def test_other_options_and_other_data_say_nothing(
    plan: RunPlan, host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    other = plan_of(host_of("centroid"), "centroid[noise=2]", trials=4)
    dataset = plan.dataset.model_copy(update={"fingerprint": "1" * 64})
    elsewhere = plan.model_copy(update={"dataset": dataset})
    times = dict.fromkeys((model.label for model in (*plan.models, *other.models)), 5.0)
    assert expected(plan, run_of(other, times), run_of(elsewhere, times)).seconds is None


@pytest.mark.parametrize("change", ["threads", "jobs", "train_size", "processor", "cpus"])
def test_other_conditions_count_only_where_there_are_no_like_ones(
    plan: RunPlan, change: str
) -> None:
    label = plan.models[0].label
    then, there = plan, HERE
    if change == "train_size":
        dataset = plan.dataset.model_copy(update={"train_size": 7})
        then = plan.model_copy(update={"dataset": dataset})
    elif change in {"threads", "jobs"}:
        then = plan.model_copy(update={change: 7})
    else:
        there = HERE.model_copy(update={change: 7 if change == "cpus" else "slow"})
    rough = run_of(then, {label: 9}, there)
    found = expected(plan, rough).models[0]
    assert found.trial_seconds == pytest.approx(9)
    assert found.same_conditions is False
    found = expected(plan, rough, run_of(plan, {label: 2})).models[0]
    assert found.trial_seconds == pytest.approx(2)
    assert found.same_conditions is True


@pytest.mark.parametrize(
    "trial",
    [
        {"status": "failed", "error": "broke"},
        {"reused_from": "an older run"},
        {"fit_seconds": None},
        {"predict_seconds": None},
    ],
)
def test_failed_and_taken_over_trials_do_not_count(plan: RunPlan, trial: dict[str, Any]) -> None:
    assert expected(plan, run_of(plan, {plan.models[0].label: 1}, **trial)).seconds is None


def test_jobs_share_the_trials_and_no_trial_is_cut(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    two = plan.model_copy(update={"jobs": 2})
    # in turn: noisy 1, sure 3 beside it, then noisy 1, 1, 1: ends at 3 and at 4
    found = expected(two, run_of(two, {noisy: 1, sure: 3}))
    assert found.seconds == pytest.approx(4)
    many = plan.model_copy(update={"jobs": 50})
    assert expected(many, run_of(many, {noisy: 1, sure: 3})).seconds == pytest.approx(3)


def test_only_the_trials_that_are_left_count(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    left = [spec for spec in plan.trial_specs() if spec.model == noisy and spec.trial > 1]
    found = estimate(plan, left, HERE, [run_of(plan, {noisy: 2, sure: 100})])
    assert [(model.planned.label, model.trials) for model in found.models] == [(noisy, 3)]
    assert found.seconds == pytest.approx(6)


def test_further_trials_of_a_run_are_judged_by_all_that_its_trials_took(plan: RunPlan) -> None:
    noisy, sure = (model.label for model in plan.models)
    ended = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=10)
    record = run_of(plan, {noisy: 2.0}, finished_at=ended)
    further = plan.model_copy(update={"trials": 7}).trial_specs()[5:]
    assert [trial.model for trial in further] == [noisy] * 3
    assert expected_seconds(record, further) == pytest.approx(30.0)
    beside = record.model_copy(update={"plan": plan.model_copy(update={"jobs": 2})})
    assert expected_seconds(beside, further) == pytest.approx(20.0)
    reused = run_of(plan, {noisy: 2.0}, finished_at=ended, reused_from="another")
    assert expected_seconds(reused, further) == pytest.approx(6.0)
    assert expected_seconds(run_of(plan, {sure: 2.0}), further) == 0
