"""The difference of two mean accuracies over seeds: its interval, and a verdict in words.

The method is in `docs/methodology.md`, "Against published accuracies".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, variance

import scipy

from digitbench.analysis.summary import CONFIDENCE


class ReproductionVerdict(StrEnum):
    """What a difference and its interval say of a result that was published.

    Members:
        REPRODUCED: the interval lies within the margin: the means are equivalent.
        BETTER: the interval lies above 0 and reaches beyond the margin.
        WORSE: the interval lies below 0 and reaches beyond the margin.
        NOT_SETTLED: the interval holds 0 and reaches beyond the margin, or there is none.
    """

    REPRODUCED = "reproduced"
    BETTER = "better"
    WORSE = "worse"
    NOT_SETTLED = "not settled"


@dataclass(frozen=True)
class MeanDifference:
    """The difference of two means, fractions.

    Attributes:
        mean: the first mean less the second.
        interval: its 95 % interval; None where one of the spreads is not known.
    """

    mean: float
    interval: tuple[float, float] | None


def mean_difference(
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    exact: bool = False,
    smallest_std: float = 0.0,
) -> MeanDifference:
    """Return the difference of the means of two independent samples, with its 95 % interval.

    The interval is Welch's, which does not suppose equal variances:
    d ± t(0.975, v) · √(a + b) with a = s₁²/n₁, b = s₂²/n₂ and
    v = (a + b)² / (a²/(n₁ - 1) + b²/(n₂ - 1)).

    Args:
        ours: the first sample, not empty.
        theirs: the second, not empty.
        exact: the first is a single value without spread over seeds (a deterministic model).
            Its a is then 0, which makes the interval that of the second sample's mean.
        smallest_std: the spread of a sample that varies is not taken to be less.

    Raises:
        ValueError: a sample is empty.
    """
    if not ours or not theirs:
        raise ValueError("a sample is empty")
    mean = fmean(ours) - fmean(theirs)
    if len(theirs) == 1 or (len(ours) == 1 and not exact):
        return MeanDifference(mean, None)
    least = smallest_std**2
    of_ours = 0.0 if exact else max(variance(ours), least) / len(ours)
    of_theirs = max(variance(theirs), least) / len(theirs)
    both = of_ours + of_theirs
    if both == 0:
        return MeanDifference(mean, (mean, mean))
    share = of_ours / both
    inverse_freedom = (1 - share) ** 2 / (len(theirs) - 1)
    if not exact:
        inverse_freedom += share**2 / (len(ours) - 1)
    quantile = float(scipy.special.stdtrit(1 / inverse_freedom, (1 + CONFIDENCE) / 2))
    half_width = quantile * sqrt(both)
    return MeanDifference(mean, (mean - half_width, mean + half_width))


def verdict(difference: MeanDifference | None, margin: float | None) -> ReproductionVerdict:
    """Say what a difference means; it follows from the interval alone.

    Args:
        difference: ours less the published one; None if we have no result.
        margin: the largest difference, a fraction, that counts as the same result; None if the
            published figures do not give one.
    """
    if difference is None or difference.interval is None or margin is None:
        return ReproductionVerdict.NOT_SETTLED
    low, high = difference.interval
    if -margin <= low and high <= margin:
        return ReproductionVerdict.REPRODUCED
    if low > 0:
        return ReproductionVerdict.BETTER
    return ReproductionVerdict.WORSE if high < 0 else ReproductionVerdict.NOT_SETTLED
