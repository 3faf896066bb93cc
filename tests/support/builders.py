"""Plans and runs made without running anything; every field can be given, all have a value."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from digitbench.types import (
    DatasetInfo,
    Environment,
    PlannedCondition,
    PlannedModel,
    PlannedTestSet,
    RunPlan,
    RunRecord,
    TestSet,
    TrialResult,
    TrialSpec,
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


def made_planned_set(label: str, test_set: TestSet, **fields: Any) -> PlannedTestSet:
    """Make the record of a test set in a plan."""
    defaults: dict[str, Any] = {
        "label": label,
        "name": label.partition("[")[0],
        "source": test_set.source,
        "fingerprint": f"of {label}",
        "conditions": tuple(
            PlannedCondition(
                name=one.name,
                severity=one.severity,
                size=len(one),
                of_test=one.images is None,
                paired=one.positions is not None,
            )
            for one in test_set.conditions
        ),
    }
    return PlannedTestSet(**(defaults | fields))


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


def made_record(
    predictions: Mapping[str, ArrayLike],
    labels: ArrayLike,
    *,
    fingerprint: str = "0" * 64,
    probabilities: Sequence[Any] | None = None,
    figures: Mapping[str, Mapping[str, Any]] | None = None,
) -> RunRecord:
    """Make a run of given predictions, so that every figure can be checked by hand.

    Args:
        predictions: by model's label, `(n_trials, n_images)`; without a row, its one trial failed.
        labels: the right digits, `(n_images,)`.
        fingerprint: of the data.
        probabilities: of each trial of every model; None for one without.
        figures: by label, further fields of each of the model's results, such as `fit_seconds`.
    """
    right = np.asarray(labels, np.uint8)
    rows = {label: np.asarray(given, np.uint8) for label, given in predictions.items()}
    models = tuple(made_model(label, deterministic=len(given) < 2) for label, given in rows.items())
    plan = made_plan(
        models,
        dataset=made_dataset(fingerprint=fingerprint, test_size=len(right)),
        trials=max(1, *map(len, rows.values())),
    )

    def result(spec: TrialSpec) -> TrialResult:
        more: Mapping[str, Any] = (figures or {}).get(spec.model, {})
        if not len(rows[spec.model]):
            return TrialResult(spec=spec, status="failed", started_at=STARTED_AT, error="made")
        row = rows[spec.model][spec.trial - 1]
        return TrialResult(
            spec=spec,
            status="ok",
            started_at=STARTED_AT,
            accuracy=float(np.mean(row == right)),
            predictions=row,
            probabilities=probabilities[spec.trial - 1] if probabilities else None,
            **more,
        )

    done = (spec for spec in plan.trial_specs() if spec.trial <= max(1, len(rows[spec.model])))
    return made_run(plan, map(result, done), status="complete", test_labels=right)
