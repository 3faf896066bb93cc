"""Plans and runs made without running anything; every field can be given, all have a value."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from digitbench.types import (
    DatasetInfo,
    Environment,
    PlannedModel,
    RunPlan,
    RunRecord,
    TrialResult,
)

STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def made_environment(**fields: Any) -> Environment:
    """Make the record of a machine."""
    defaults: dict[str, Any] = {
        "python": "3.12.0",
        "platform": "Linux",
        "processor": "A processor",
        "cpus": 2,
        "memory_bytes": None,
        "versions": {},
        "variables": {},
    }
    return Environment(**(defaults | fields))


def made_dataset(**fields: Any) -> DatasetInfo:
    """Make the record of a data set of 60 training and 40 test images."""
    defaults: dict[str, Any] = {
        "name": "made",
        "source": "made for tests",
        "fingerprint": "0" * 64,
        "canonical": None,
        "train_size": 60,
        "validation_size": 0,
        "test_size": 40,
    }
    return DatasetInfo(**(defaults | fields))


def made_model(label: str, **fields: Any) -> PlannedModel:
    """Make a model of a plan, whose trials differ, without options unless some are given."""
    defaults: dict[str, Any] = {
        "label": label,
        "name": label.partition("[")[0],
        "options": {},
        "deterministic": False,
        "plugin": "made",
        "distribution": None,
        "version": None,
        "published": None,
    }
    return PlannedModel(**(defaults | fields))


def made_plan(models: Iterable[PlannedModel], **fields: Any) -> RunPlan:
    """Make a plan of one trial of each model, with one thread, in this process."""
    defaults: dict[str, Any] = {
        "models": tuple(models),
        "dataset": made_dataset(),
        "trials": 1,
        "base_seed": 0,
        "threads": 1,
        "engine": "inline",
    }
    return RunPlan(**(defaults | fields))


def made_run(plan: RunPlan, results: Iterable[TrialResult] = (), **fields: Any) -> RunRecord:
    """Make the record of a run."""
    defaults: dict[str, Any] = {
        "id": "made",
        "plan": plan,
        "environment": made_environment(),
        "started_at": STARTED_AT,
        "results": tuple(results),
    }
    return RunRecord(**(defaults | fields))
