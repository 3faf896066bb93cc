"""The design of a run that goes on until it is decided, and the time that trials have taken."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import RunPlan, SequentialDesign, TrialResult
from digitbench.workflows.looks import busy_seconds
from digitbench.workflows.plan import sequential_design
from digitbench.workflows.request import RunRequest
from digitbench.workflows.stored_request import request_from_plan

START = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "replica")


@pytest.fixture
def timed(
    host: PluginHost, plan_of: Callable[..., RunPlan]
) -> Callable[..., tuple[TrialResult, ...]]:
    spec = plan_of(host, "centroid").trial_specs()[0]

    def results(
        spans: Sequence[tuple[float, float | None]], reused_from: str | None = None
    ) -> tuple[TrialResult, ...]:
        return tuple(
            TrialResult(
                spec=spec,
                status="failed",
                started_at=START + timedelta(seconds=start),
                finished_at=None if end is None else START + timedelta(seconds=end),
                reused_from=reused_from,
            )
            for start, end in spans
        )

    return results


def design_of(host: PluginHost, models: str, until_decided: str | None) -> SequentialDesign | None:
    asked = {"until_decided": until_decided, "max_trials": 5, "budget_seconds": 60.0}
    request = RunRequest.of({"models": models, **(asked if until_decided else {})})
    return sequential_design(request, resolve_models(parse_models(models), host), host)


def test_the_pair_is_written_as_the_run_has_it(host: PluginHost) -> None:
    models = "centroid[noise=0.50],replica,replica[noise=1]"
    design = design_of(host, models, "replica[noise=1.0],centroid[sharpness=1,noise=0.5]")
    assert design == SequentialDesign(
        pair=("replica[noise=1.0]", "centroid[noise=0.5]"), looks=(3, 5), budget_seconds=60.0
    )
    every = design_of(host, models, "all")
    assert every is not None
    assert every.pair is None
    assert design_of(host, models, None) is None


@pytest.mark.parametrize(
    ("models", "until_decided", "message"),
    [
        ("replica", "all", "there is only replica"),
        ("replica,centroid", "centroid", "takes two models"),
        ("replica,centroid", "centroid,replica,replica[noise=1]", "takes two models"),
        ("replica,centroid", "centroid,replica[noise=1]", "is not run: add it to --models"),
        ("replica,centroid", "centroid,centroid", "twice"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    host: PluginHost, models: str, until_decided: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        design_of(host, models, until_decided)


@pytest.mark.parametrize("pair", [None, ("centroid", "replica[noise=1.0]")])
def test_a_design_is_asked_for_again_as_it_was(
    host: PluginHost, plan_of: Callable[..., RunPlan], pair: tuple[str, str] | None
) -> None:
    design = SequentialDesign(pair=pair, looks=(3, 5, 8), budget_seconds=7.0)
    plan = plan_of(host, "centroid,replica[noise=1]", trials=5)
    plan = plan.model_copy(update={"sequential": design})
    again = request_from_plan(plan, {})
    assert (again.trials, again.max_trials, again.budget_seconds) == (5, 8, 7.0)
    found = sequential_design(again, plan.models, host)
    assert found is not None
    assert found.pair == pair
    assert request_from_plan(plan, {"budget_seconds": "9s"}).budget_seconds == 9.0


def test_time_is_counted_once_however_many_trials_run(
    timed: Callable[..., tuple[TrialResult, ...]],
) -> None:
    beside = timed([(0, 10), (2, 12), (3, 4)])
    later = timed([(100, 105), (101, None)])
    reused = timed([(200, 300)], reused_from="another")
    assert busy_seconds(()) == 0
    assert busy_seconds(beside) == 12
    assert busy_seconds((*later, *beside, *reused)) == 17
