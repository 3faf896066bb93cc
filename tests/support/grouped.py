"""Models whose errors are given, on test images that come in groups."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchlib.simulated import as_outcomes
from digitbench.analysis.outcomes import Outcomes
from digitbench.types import Groups

NAMES = ("employees", "students")

# Writer 7 has images 0, 2 and 4; writer 3 has 1 and 3; writer 9, of the other series, 5 and 6.
GROUPS = Groups(
    "writer",
    np.array([7, 3, 7, 3, 7, 9, 9], np.int32),
    np.array([0, 0, 0, 0, 0, 1, 1], np.int32),
    NAMES,
)


def model_of(wrong: list[list[int]], groups: Groups = GROUPS, number: int = 0) -> Outcomes:
    """Make a model that has these images wrong, a list for each trial."""
    correct = np.ones((len(wrong), len(groups)), bool)
    for row, places in zip(correct, wrong, strict=True):
        row[places] = False
    return replace(as_outcomes(correct, number, exact=len(wrong) == 1), groups=groups)


def even(count: int, size: int) -> Groups:
    """Make so many writers with so many images each, in one stratum."""
    numbers = np.repeat(np.arange(count), size).astype(np.int32)
    return Groups("writer", numbers, np.zeros_like(numbers))


def groups_of(sizes: Sequence[int], strata: Sequence[int] | None = None) -> Groups:
    """Make groups of given sizes, by turns so that images of one do not stand together."""
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    order = np.random.default_rng(3).permutation(len(numbers))
    of_group = np.zeros(len(sizes), int) if strata is None else np.array(strata)
    numbers = numbers[order]
    return Groups("writer", numbers.astype(np.int32), of_group[numbers].astype(np.int32), NAMES)


def grouped(
    correct: np.ndarray, number: int, groups: Groups | None, *, exact: bool = False
) -> Outcomes:
    """Make the outcomes of a model, bool `(trials, images)`; `exact` for a deterministic one."""
    return replace(as_outcomes(correct, number, exact=exact), groups=groups)
