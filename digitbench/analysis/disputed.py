"""What disputed labels of test images do to errors and verdicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.set_verdicts import ChangedVerdict, changed_verdicts

_HALF = 0.5


@dataclass(frozen=True)
class DisputedErrors:
    """A model's errors: images that at least half of its trials have wrong, by the label as given.

    Attributes:
        model: its label.
        errors: how many there are.
        disputed: how many of them have a disputed label.
    """

    model: str
    errors: int
    disputed: int


@dataclass(frozen=True, eq=False)
class DisputedLabels:
    """What hangs on the disputed labels of test images.

    Attributes:
        images: positions of the test images whose label is disputed, intp, ascending.
        errors: of each model, by plan.
        changed: the verdicts that another choice of labels changes, with the choice: of those that
            have most of the test images.
    """

    images: NDArray[np.intp]
    errors: tuple[DisputedErrors, ...]
    changed: tuple[tuple[ConditionAnalysis, ChangedVerdict], ...]


def disputed_labels(found: SetAnalysis, test: Comparison) -> DisputedLabels | None:
    """Return what hangs on disputed labels: those that a set of test images changes or leaves out.

    A condition of fewer than half of the test images is of the disputed ones alone: what holds on
    it is no verdict about the models.

    Args:
        found: the set.
        test: the models on the test images, all with their labels as given.

    Returns:
        None if the set has other images, or no label of its own.
    """
    if not found.of_test or not found.test:
        return None
    given = found.test[0].labels
    disputed = np.zeros(len(given), bool)
    changed, is_relabelled = [], False
    for condition in found.conditions:
        positions = condition.positions
        if positions is None or len(positions) <= _HALF * len(given):
            continue  # the disputed images alone
        relabelled = positions[condition.models[0].labels != given[positions]]
        is_relabelled |= bool(len(relabelled))
        left_out = np.ones(len(given), bool)
        left_out[positions] = False
        disputed |= left_out
        disputed[relabelled] = True
        changed += [(condition, c) for c in changed_verdicts(test, condition.comparison)]
    if not is_relabelled:
        return None
    errors = tuple(_errors(model, disputed) for model in found.test)
    return DisputedLabels(np.flatnonzero(disputed), errors, tuple(changed))


def _errors(model: Outcomes, disputed: NDArray[np.bool_]) -> DisputedErrors:
    wrong = model.image_accuracy <= _HALF
    return DisputedErrors(model.label, int(wrong.sum()), int((wrong & disputed).sum()))
