"""Complete runs with made predictions: each model as accurate and as dear as it is asked to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builders import STARTED_AT, made_dataset, made_model, made_plan, made_run
from digitbench.types import Labels, RunRecord, TrialResult, TrialSpec


@dataclass(frozen=True)
class MadeModel:
    """A model of a made run.

    Attributes:
        label: its label.
        accuracy: the chance that a prediction is right.
        trials: how many of its trials succeed; the others fail.
        deterministic: whether its only trial says it all.
        fit_seconds: what a fit takes; None if that was not measured.
    """

    label: str
    accuracy: float
    trials: int = 3
    deterministic: bool = False
    fit_seconds: float | None = 1.0


def run_of(
    models: Sequence[MadeModel],
    *,
    images: int = 300,
    trials: int = 3,
    seed: int = 0,
    run_id: str = "made",
    right: Labels | None = None,
    **fields: Any,
) -> RunRecord:
    """Make a complete run.

    Args:
        models: its models.
        images: test images.
        trials: planned trials of each model that is not deterministic.
        seed: of the predictions.
        run_id: its name.
        right: the test labels, `(images,)`; drawn if None.
        **fields: further fields of the data set's record.
    """
    rng = np.random.default_rng(seed)
    if right is None:
        right = rng.integers(0, 10, images).astype(np.uint8)
    by_label = {model.label: model for model in models}
    plan = made_plan(
        [made_model(model.label, deterministic=model.deterministic) for model in models],
        dataset=made_dataset(test_size=images, **fields),
        trials=trials,
    )
    results = [_trial(rng, by_label, spec, right) for spec in plan.trial_specs()]
    return made_run(plan, results, id=run_id, status="complete", test_labels=right)


def _trial(
    rng: np.random.Generator,
    models: Mapping[str, MadeModel],
    spec: TrialSpec,
    right: NDArray[np.uint8],
) -> TrialResult:
    model = models[spec.model]
    if spec.trial > model.trials:
        return TrialResult(
            spec=spec, status="failed", started_at=STARTED_AT, error="ValueError: made to fail"
        )
    wrong = rng.random(len(right)) >= model.accuracy
    predictions = np.where(wrong, (right + 1) % 10, right).astype(np.uint8)
    return TrialResult(
        spec=spec,
        status="ok",
        started_at=STARTED_AT,
        accuracy=float((predictions == right).mean()),
        predictions=predictions,
        fit_seconds=model.fit_seconds,
        latency_median_seconds=None if model.fit_seconds is None else model.fit_seconds / 1000,
    )
