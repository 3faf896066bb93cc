"""Turns what is stored back into a request: a run's plan, or a baseline."""

from collections.abc import Mapping
from typing import Any

from digitbench.runner.recall import data_dir_of, plugin_files_of
from digitbench.store.baseline import Baseline
from digitbench.types import RunPlan, available_cpus
from digitbench.types.labels import model_text
from digitbench.workflows.request import RunRequest


def request_from_plan(
    plan: RunPlan, given: Mapping[str, Any], settings: Mapping[str, Any] | None = None
) -> RunRequest:
    """Ask for a stored plan again: the same, but for what the user says now.

    Args:
        plan: what was done.
        given: what the user says now.
        settings: what holds of that which no plan says, such as where runs are kept.

    Raises:
        UsageError: as `RunRequest.of` does.
    """
    drawn = plan.resampling
    stored: dict[str, Any] = {
        "models": ",".join(model_text(row.label, row.alias_of) for row in plan.models),
        "trials": plan.trials,
        "dataset": plan.dataset.name,
        "validation": plan.dataset.validation_rule or plan.dataset.validation_size,
        "seed": plan.base_seed,
        "engine": plan.engine,
        "jobs": plan.jobs,
        "threads": plan.threads,
        "timeout_seconds": plan.timeout_seconds,
        "vary": plan.vary,
        "resample": drawn and (drawn.groups or drawn.method),
        "fraction": drawn.fraction if drawn and drawn.method == "subsample" else None,
        "quick": plan.dataset.quick,
        "keep": plan.keep,
    }
    if design := plan.sequential:
        stored |= {
            "until_decided": "all" if design.pair is None else ",".join(design.pair),
            "max_trials": design.looks[-1],
            "budget_seconds": design.budget_seconds,
        }
    if given.get("vary", plan.vary) != plan.vary:  # what went with it goes with it
        stored |= {"resample": None, "fraction": None}
    elif "resample" in given:
        stored["fraction"] = None
    own = {name: value for name, value in (settings or {}).items() if name not in stored}
    files = (*own.get("plugin_files", ()), *given.get("plugin_files", ()))
    where = given.get("data_dir", own.get("data_dir"))
    where_now = {
        "plugin_files": plugin_files_of(plan, files).present,
        "data_dir": data_dir_of(plan, where),
    }
    return RunRequest.of({**given, **where_now}, own | stored)


def request_from_baseline(
    baseline: Baseline, given: Mapping[str, Any], settings: Mapping[str, Any] | None = None
) -> RunRequest:
    """Ask for the runs of a baseline again, but for what the user says.

    With the same seed and threads, unchanged code on a like machine makes the same predictions.

    Args:
        baseline: what was done.
        given: what the user says now.
        settings: what holds of that which no baseline says.

    Raises:
        UsageError: as `RunRequest.of` does.
    """
    stored = {
        "models": ",".join(model_text(row.label, row.alias_of) for row in baseline.models),
        "trials": baseline.trials,
        "dataset": baseline.dataset.name,
        "validation": baseline.dataset.validation_rule or baseline.dataset.validation_size,
        "seed": baseline.base_seed,
        "threads": min(baseline.threads, available_cpus()),
        "test_sets": ",".join(one.label for one in baseline.test_sets),
    }
    return RunRequest.of(given, {**(settings or {}), **stored})
