"""How far a few groups of images make a model's errors, and how far they would by chance.

By chance means: if every image of a stratum were equally hard. The errors of a stratum are then
dealt out to its images at random.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.group_layout import GroupLayout

WORST_SHARE = 0.1
"""The worst groups whose share of the errors is told: a tenth of all."""
_DRAWS = 1000
_SEED = 0


@dataclass(frozen=True)
class Concentration:
    """How many of the errors the worst tenth of the groups makes.

    Attributes:
        groups: how many groups that is.
        share: of all errors, a mean over trials; None if there is none.
        by_chance: the same if every image of a stratum were equally hard, a mean of 1,000 draws;
            None likewise.
        without_errors: how many groups have no error, a mean over trials.
        without_errors_by_chance: the same by chance.
        errors: how many errors the worst group of a trial has, the second worst and so on; means
            over trials.
        errors_by_chance: the same by chance.
    """

    groups: int
    share: float | None
    by_chance: float | None
    without_errors: float
    without_errors_by_chance: float
    errors: tuple[float, ...]
    errors_by_chance: tuple[float, ...]


def concentration(layout: GroupLayout, wrong: NDArray[np.float64]) -> Concentration:
    """Say how far a few groups make the errors of each trial, `(n_trials, n_groups)`."""
    most = max(1, ceil(WORST_SHARE * len(layout.numbers)))
    drawn = _by_chance(layout, wrong)
    return Concentration(
        groups=most,
        share=_share_of_worst(wrong, most),
        by_chance=_share_of_worst(drawn, most),
        without_errors=float((wrong == 0).sum(axis=1).mean()),
        without_errors_by_chance=float((drawn == 0).sum(axis=1).mean()),
        errors=_by_place(wrong),
        errors_by_chance=_by_place(drawn),
    )


def _by_place(wrong: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the errors of the worst group of a row, the second worst and so on; means."""
    return tuple(np.sort(wrong, axis=1)[:, ::-1].mean(axis=0).tolist())


def _share_of_worst(wrong: NDArray[np.float64], most: int) -> float | None:
    """Return which share of the errors the worst groups make, a mean over rows with errors."""
    totals = wrong.sum(axis=1)
    worst = np.sort(wrong, axis=1)[:, -most:].sum(axis=1)
    if not totals.any():
        return None
    return float((worst[totals > 0] / totals[totals > 0]).mean())


def _by_chance(layout: GroupLayout, wrong: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deal the errors of each trial out at random among the images of their stratum."""
    rng = np.random.default_rng(_SEED)
    trials = len(wrong)
    draws = ceil(_DRAWS / trials)
    drawn = np.zeros((trials, draws, wrong.shape[1]))
    for stratum in np.unique(layout.strata):
        there = np.flatnonzero(layout.strata == stratum)
        for trial, count in enumerate(wrong[:, there].sum(axis=1)):
            drawn[trial][:, there] = rng.multivariate_hypergeometric(
                layout.sizes[there], int(count), draws
            )
    return drawn.reshape(-1, wrong.shape[1])
