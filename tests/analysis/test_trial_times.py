"""How long the parts of a trial take, by trials of earlier runs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from builders import made_environment, made_run
from digitbench.analysis.trial_times import (
    ExpectedSeconds,
    PhaseSeconds,
    expected_phases,
    known_seconds,
)
from digitbench.plugins import PluginHost
from digitbench.types import (
    PlannedCondition,
    PlannedTestSet,
    RunPlan,
    RunRecord,
    SetResult,
    TrialResult,
    TrialSpec,
)

HERE = made_environment(processor="quick", cpus=4)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def plan(host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]) -> RunPlan:
    return plan_of(host_of("centroid"), "centroid[noise=1]", trials=3)


def result_of(spec: TrialSpec, fit: float, other: float) -> TrialResult:
    """Make a result whose `predict` took a second."""
    began = BEGAN + timedelta(minutes=spec.trial)
    return TrialResult(
        spec=spec,
        status="ok",
        started_at=began,
        finished_at=began + timedelta(seconds=fit + 1 + other),
        fit_seconds=fit,
        predict_seconds=1.0,
        accuracy=0.9,
    )


def run_of(plan: RunPlan, fits: Sequence[float], first_other: float = 9.5) -> RunRecord:
    results = tuple(
        result_of(spec, fit, first_other if spec.trial == 1 else 0.5)
        for spec, fit in zip(plan.trial_specs(), fits, strict=True)
    )
    return made_run(plan, results[::-1], environment=HERE)


def expected(plan: RunPlan, *earlier: RunRecord) -> ExpectedSeconds:
    (found,) = expected_phases(plan, HERE, earlier).values()
    return found


def test_a_first_trial_is_kept_apart_from_the_later_ones(plan: RunPlan) -> None:
    found = expected(plan, run_of(plan, (30, 20, 22)))
    assert found.first == PhaseSeconds(starting=8.5, fit=30, predict=1, ending=1)
    assert found.later == PhaseSeconds(starting=0, fit=21, predict=1, ending=0.5)


def test_a_later_trial_is_not_expected_to_take_longer_than_a_first(plan: RunPlan) -> None:
    found = expected(plan, run_of(plan, (26, 37, 41)))
    assert found.later is not None
    assert found.later.fit == 26


def test_each_job_has_a_first_trial(plan: RunPlan) -> None:
    plan = plan.model_copy(update={"jobs": 2})
    found = expected(plan, run_of(plan, (30, 20, 22)))
    assert found.first is not None
    assert found.later is not None
    assert (found.first.fit, found.later.fit) == (25, 22)


def test_the_newest_trials_count_and_those_of_like_runs_go_before_others(plan: RunPlan) -> None:
    new, old = run_of(plan, (10, 10, 10)), run_of(plan, (90, 90, 90))
    found = expected(plan, *[new] * 9, *[old] * 20)
    assert found.first is not None
    assert found.first.fit == 10
    elsewhere = old.model_copy(update={"environment": made_environment(processor="slow", cpus=1)})
    assert expected(plan, elsewhere, new) == expected(plan, new)
    assert expected(plan, elsewhere) == expected(plan, old)


def test_a_test_set_takes_as_long_for_each_image_as_the_test_images_do(plan: RunPlan) -> None:
    earlier = run_of(plan, (30, 20, 22))
    size = 3 * plan.dataset.test_size
    planned = PlannedTestSet(
        label="far", name="far", conditions=(PlannedCondition(name="", size=size),)
    )
    found = expected(plan.model_copy(update={"test_sets": (planned,)}), earlier)
    assert found.later == PhaseSeconds(starting=0, fit=21, predict=1, ending=0.5, test_sets=3)
    part = SetResult(test_set="far", seconds=0.25)
    with_sets = tuple(r.model_copy(update={"set_results": (part,)}) for r in earlier.results)
    found = expected(plan, earlier.model_copy(update={"results": with_sets}))
    assert found.first == PhaseSeconds(starting=8.25, fit=30, predict=1, ending=1, test_sets=0)


def test_what_was_never_run_is_not_known(plan: RunPlan) -> None:
    assert expected_phases(plan, HERE, []) == {}
    info = plan.dataset.model_copy(update={"fingerprint": "1" * 64})
    other = run_of(plan.model_copy(update={"dataset": info}), (10, 10, 10))
    assert expected_phases(plan, HERE, [other]) == {}


def test_a_trial_that_was_taken_over_tells_only_what_was_timed(plan: RunPlan) -> None:
    result = result_of(plan.trial_specs()[0], 30, 9)
    assert known_seconds(result) == 40
    assert known_seconds(result.model_copy(update={"reused_from": "some-run"})) == 31
    failed = {"finished_at": None, "fit_seconds": None, "predict_seconds": None}
    assert known_seconds(result.model_copy(update=failed)) is None


def test_times_can_be_scaled_and_mixed() -> None:
    one, other = PhaseSeconds(1, 10, 2, 1), PhaseSeconds(3, 20, 4, 1)
    assert one.whole == 14
    assert one.without_start.whole == 13
    assert one.times(2) == PhaseSeconds(2, 20, 4, 2)
    assert one.towards(other, 0.5) == PhaseSeconds(2, 15, 3, 1)
