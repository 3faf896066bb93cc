"""Runs whose models have predicted further test sets, made of given predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from digitbench.types import (
    Groups,
    PlannedCondition,
    PlannedTestSet,
    RunRecord,
    SetLabels,
    SetResult,
    TrialResult,
)
from made_runs import MadeModel, run_of

NO_SET = "no network"
"""Why a set without conditions could not be loaded."""


@dataclass(frozen=True, eq=False)
class MadeCondition:
    """A condition of a made test set.

    Attributes:
        labels: the right digits.
        predictions: by model's label, `(n_trials, n_images)`; None for test images of the run.
        name, severity: of the condition.
        positions: from which test image each image was made, or which it is.
        groups: of the images.
    """

    labels: ArrayLike
    predictions: Mapping[str, ArrayLike] | None = None
    name: str = ""
    severity: float | None = None
    positions: ArrayLike | None = None
    groups: Groups | None = None

    @property
    def size(self) -> int:
        """How many images it has."""
        return len(np.asarray(self.labels))

    @property
    def planned(self) -> PlannedCondition:
        """The condition as planned."""
        return PlannedCondition(
            name=self.name,
            severity=self.severity,
            size=self.size,
            of_test=self.predictions is None,
            paired=self.positions is not None,
        )

    @property
    def known(self) -> SetLabels:
        """What a stored run knows of it."""
        positions = None if self.positions is None else np.asarray(self.positions, np.uint32)
        return SetLabels(np.asarray(self.labels, np.uint8), self.groups, positions)


def with_sets(
    record: RunRecord,
    sets: Mapping[str, Sequence[MadeCondition]],
    *,
    errors: Mapping[tuple[str, str, int], str] | None = None,
) -> RunRecord:
    """Return a run whose trials have predicted further test sets.

    Args:
        record: the run without them.
        sets: the conditions of each set, by its label; without any, it could not be loaded.
        errors: why a set could not be predicted, by its label, the model's and the trial's number.
    """
    planned = tuple(
        PlannedTestSet(
            label=label,
            name=label.partition("[")[0].partition(":")[0],
            argument=label.partition(":")[2] or None,
            source=f"{label}, made for tests",
            fingerprint=f"{number:064d}",
            conditions=tuple(condition.planned for condition in conditions),
            error=None if conditions else NO_SET,
        )
        for number, (label, conditions) in enumerate(sets.items(), 1)
    )

    def predicted(trial: TrialResult) -> TrialResult:
        found = tuple(
            _result(trial, label, conditions, (errors or {}).get(_key(label, trial)))
            for label, conditions in sets.items()
        )
        return trial.model_copy(update={"set_results": found})

    return record.model_copy(
        update={
            "plan": record.plan.model_copy(update={"test_sets": planned}),
            "results": tuple(
                predicted(trial) if trial.status == "ok" else trial for trial in record.results
            ),
            "test_sets": {
                label: tuple(condition.known for condition in conditions)
                for label, conditions in sets.items()
            },
        }
    )


def drawn(
    record: RunRecord,
    accuracy: Callable[[str], float],
    labels: ArrayLike,
    *,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Draw predictions of each model of a run, right with a chance, for every planned trial.

    Args:
        record: the run.
        accuracy: of a model, by its label.
        labels: the right digits.
        seed: of the predictions.
    """
    rng = np.random.default_rng(seed)
    right = np.asarray(labels, np.uint8)
    found = {}
    for model in record.plan.models:
        shape = (record.plan.trials_of(model), len(right))
        wrong = rng.random(shape) >= accuracy(model.label)
        found[model.label] = np.where(wrong, (right + 1) % 10, right).astype(np.uint8)
    return found


def run_with_sets(images: int = 400) -> RunRecord:
    """Make a run of three models with sets of every kind.

    `corruptions` has two names at three severities; on `turn`, knn is better than cnn. `fresh` is
    of other writers, `disputed` of test images with a tenth of the labels changed, and `lost` could
    not be loaded. Trial 2 of cnn has no predictions of `usps`.
    """
    clean = {"cnn": 0.98, "knn[k=3]": 0.93, "softmax": 0.85}
    turned = {"cnn": 0.6, "knn[k=3]": 0.8, "softmax": 0.4}
    record = run_of(
        [MadeModel("cnn", clean["cnn"])]
        + [MadeModel(label, clean[label], deterministic=True) for label in ("knn[k=3]", "softmax")],
        images=images,
    )
    numbers = (np.arange(images) // 10).astype(np.int32)
    groups = Groups("writer", numbers, (numbers % 2).astype(np.int32), ("x", "y"))
    record = record.model_copy(update={"test_groups": groups})
    right = np.asarray(record.test_labels)
    every = np.arange(images)
    corruptions = [
        MadeCondition(
            right,
            drawn(record, lambda label, of=of, by=by: of[label] ** by, right, seed=by),  # type: ignore[misc]
            name,
            by,
            every,
        )
        for name, of in (("noise", clean), ("turn", turned))
        for by in (1, 2, 3)
    ]
    kept, disputed = every[every % 10 > 0], every % 10 == 0
    sets = {
        "corruptions": corruptions,
        "fresh": [
            MadeCondition(right, drawn(record, lambda m: clean[m] ** 2, right), groups=groups)
        ],
        "usps": [MadeCondition(right[:50], drawn(record, lambda m: clean[m] ** 3, right[:50]))],
        "disputed": [
            MadeCondition(right[kept], None, "without", positions=kept),
            MadeCondition(np.where(disputed, (right + 1) % 10, right), None, "voted", None, every),
        ],
        "lost": [],
    }
    return with_sets(record, sets, errors={("usps", "cnn", 2): "ValueError: made to fail"})


def _key(label: str, trial: TrialResult) -> tuple[str, str, int]:
    return label, trial.spec.model, trial.spec.trial


def _result(
    trial: TrialResult, label: str, conditions: Sequence[MadeCondition], error: str | None
) -> SetResult:
    if error is not None:
        return SetResult(test_set=label, error=error)
    rows = [
        np.asarray(condition.predictions[trial.spec.model], np.uint8)[trial.spec.trial - 1]
        for condition in conditions
        if condition.predictions is not None
    ]
    predictions = np.concatenate(rows) if rows else np.empty(0, np.uint8)
    return SetResult(test_set=label, predictions=predictions)
