"""What is stored, asked for again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import made_record
from digitbench.analysis.baseline import make_baseline
from digitbench.plugins import PluginHost
from digitbench.types import RunPlan
from digitbench.workflows.stored_request import request_from_baseline, request_from_plan


def test_a_plan_is_asked_for_again_but_for_what_is_said_now(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_of(host_of("centroid"), "centroid", trials=4)
    again = request_from_plan(plan, {}, {"trials": 9, "runs_dir": Path("elsewhere")})
    assert (again.trials, again.runs_dir) == (4, Path("elsewhere"))
    assert again.models == "centroid"
    assert again.seed == plan.base_seed
    assert request_from_plan(plan, {"trials": 6, "jobs": 2}).trials == 6


def test_a_baseline_is_asked_for_again_with_threads_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = made_record({"a": [[0, 1], [0, 0]]}, [0, 1])
    many = record.model_copy(update={"plan": record.plan.model_copy(update={"threads": 64})})
    baseline = make_baseline(many)
    monkeypatch.setattr("digitbench.workflows.stored_request.available_cpus", lambda: 3)
    again = request_from_baseline(baseline, {"seed": 7}, {"trials": 9, "jobs": 2})
    assert (again.models, again.trials, again.dataset) == ("a", 2, "made")
    assert (again.threads, again.seed, again.jobs) == (3, 7, 2)
