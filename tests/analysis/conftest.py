"""Runs and outcomes made of given predictions, so that every figure can be checked by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from builders import STARTED_AT, made_dataset, made_model, made_plan, made_run
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.types import RunRecord, TrialResult, TrialSpec


def made_record(
    predictions: Mapping[str, ArrayLike],
    labels: ArrayLike,
    *,
    fingerprint: str = "0" * 64,
    probabilities: Sequence[Any] | None = None,
    figures: Mapping[str, Mapping[str, Any]] | None = None,
) -> RunRecord:
    """Make a run.

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


def made_outcomes(label: str, predictions: ArrayLike, labels: ArrayLike, **more: Any) -> Outcomes:
    """Make the outcomes of a model in a run of its own; further arguments are `made_record`'s."""
    (found,) = outcomes(made_record({label: predictions}, labels, **more))
    return found


@pytest.fixture(scope="session")
def make_record() -> Callable[..., RunRecord]:
    """Return `made_record`."""
    return made_record


@pytest.fixture(scope="session")
def make_outcomes() -> Callable[..., Outcomes]:
    """Return `made_outcomes`."""
    return made_outcomes
