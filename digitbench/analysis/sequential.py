"""Trials until it is decided, without false claims from looking again and again.

Whoever tests at 5 % after every few trials and stops at the first p-value below it, finds a
difference between equal models far more often than in 5 % of the runs. Here the numbers of trials
at which one looks are fixed beforehand, and every look has the same lower level, so that all of
them together have 5 %: a group-sequential test with Pocock's (1977) boundary. The level is found
by integrating over the looks (Armitage, McPherson & Rowe 1969), for looks at growing numbers of
trials and for the case that is worst: all error is that of the trials. The error of the test set
is the same at every look and only makes them agree more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import ceil, inf, sqrt
from statistics import NormalDist

import numpy as np
import scipy
from numpy.typing import NDArray

from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import Verdict
from digitbench.analysis.summary import CONFIDENCE
from digitbench.types import RunRecord, SequentialDesign

FIRST_LOOK = 3
"""Fewer trials say next to nothing of the spread."""
_GROWTH = 1.5
_NODES = 200
_MORE_OPTIMISTIC = NormalDist().inv_cdf(0.8)
"""A difference is given up if, so many standard errors larger, it could still not be settled."""


class State(StrEnum):
    """How a comparison stands.

    Members:
        DECIDED: every pair asked for has a better one.
        UNDECIDABLE: more trials would not settle what is left: the test set is the limit.
        OPEN: more trials may settle it.
    """

    DECIDED = "decided"
    UNDECIDABLE = "undecidable"
    OPEN = "open"


@dataclass(frozen=True, eq=False)
class Standing:
    """A comparison at a look.

    Attributes:
        state: how it stands.
        pairs: those that are asked for.
        level: of the look, for all pairs of the run together.
    """

    state: State
    pairs: tuple[Pair, ...]
    level: float


def looks(most_trials: int) -> tuple[int, ...]:
    """Return the numbers of trials at which to look: 3, 5, 8, 12, 18, 27 ... and the most.

    Raises:
        ValueError: there would be fewer than two trials.
    """
    if most_trials < 2:  # noqa: PLR2004
        raise ValueError("one trial says nothing of the spread: two at least")
    found = [min(FIRST_LOOK, most_trials)]
    while found[-1] < most_trials:
        found.append(min(most_trials, ceil(found[-1] * _GROWTH)))
    return tuple(found)


def nominal_level(at: Sequence[int], level: float = 1 - CONFIDENCE) -> float:
    """Return the two-sided level of each look that gives all of them together a level.

    Args:
        at: numbers of trials, growing.
        level: of all looks together.
    """
    highest = float(scipy.special.stdtrit(inf, 1 - level / (2 * len(at)))) + 1
    lowest = float(scipy.special.stdtrit(inf, 1 - level / 2)) - 1e-6
    boundary = scipy.optimize.brentq(
        lambda c: crossing_probability(at, c) - level, lowest, highest, xtol=1e-10
    )
    return 2 * float(scipy.special.ndtr(-boundary))


def crossing_probability(at: Sequence[int], boundary: float) -> float:
    """Return the chance that a mean of nothing but chance is ever beyond a boundary.

    Args:
        at: numbers of trials of the looks, growing.
        boundary: in standard errors of the mean, at each look alike.
    """
    nodes, weights = _quadrature()
    half = boundary * sqrt(at[0])
    sums, widths = nodes * half, weights * half
    density = _normal(sums, at[0])
    for before, now in pairwise(at):
        half = boundary * sqrt(now)
        steps = nodes * half
        density = _normal(steps[:, np.newaxis] - sums, now - before) @ (density * widths)
        sums, widths = steps, weights * half
    return 1 - float(density @ widths)


@lru_cache
def family_level(design: SequentialDesign, pairs: int) -> float:
    """Return the level of one look at several pairs, for Holm's method to share among them."""
    count = max(1, pairs)
    return count * nominal_level(design.looks, (1 - CONFIDENCE) / count)


def compare_run(record: RunRecord) -> Comparison:
    """Compare the models of a run, at the level that its plan asks for.

    Args:
        record: a run, read with its predictions.
    """
    models = outcomes(record)
    return compare(models, run_level(record, len(models)))


def run_level(record: RunRecord, models: int) -> float:
    """Return the level of the family of all pairs of a run's models, which its plan asks for.

    Args:
        record: the run.
        models: how many of its models have a trial that succeeded.
    """
    design = record.plan.sequential
    if design is None:
        return 1 - CONFIDENCE
    return family_level(design, models * (models - 1) // 2)


def judge(record: RunRecord, design: SequentialDesign) -> Standing:
    """Say how the comparison that a run is to settle stands.

    The pair that is asked for has the verdict that it has among all models of the run, so that a
    look never says what the table does not.

    Args:
        record: the run so far, read with its predictions.
        design: the pair that is asked for, and the looks.
    """
    models = outcomes(record)
    found = standing(models, design)
    asked = design.pair or [model.label for model in record.plan.models]
    if {model.label for model in models}.issuperset(asked):
        return found
    return replace(found, state=State.OPEN)  # every trial of one has failed


def standing(models: Sequence[Outcomes], design: SequentialDesign) -> Standing:
    """Say how the comparison of models stands at a look.

    Args:
        models: their trials so far.
        design: the pair that is asked for, and the looks.
    """
    level = family_level(design, len(models) * (len(models) - 1) // 2)
    comparison = compare(models, level)
    pairs = comparison.pairs
    if design.pair is not None:
        pairs = tuple(p for p in pairs if {p.first.label, p.second.label} == set(design.pair))
    left = [pair for pair in pairs if pair.population.verdict is not Verdict.BETTER]
    state = State.UNDECIDABLE if left else State.DECIDED
    if not pairs or any(_hopeful(pair, level) for pair in left):
        state = State.OPEN
    return Standing(state, pairs, level)


def _hopeful(pair: Pair, level: float) -> bool:
    """Tell whether any number of trials might settle a pair, if the difference is larger yet."""
    parts = pair.variance
    if parts.trials is None:
        return True
    largest = pair.difference + _MORE_OPTIMISTIC * sqrt(parts.trials.value)
    enough = float(scipy.special.stdtrit(inf, 1 - level / 2)) * sqrt(parts.fixed)
    return parts.images is not None and parts.lowered > 0 and largest > enough


@lru_cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the nodes and weights of Gauss and Legendre; finding them takes 7 ms."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _normal(values: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    density: NDArray[np.float64] = np.exp(-(values**2) / (2 * variance))
    return density / sqrt(2 * np.pi * variance)
