"""What can be claimed of a difference: the tests, their intervals, and Holm's adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from scipy.special import bdtr, stdtr, stdtrit

from digitbench.analysis.variance import Variance


class Verdict(StrEnum):
    """What a claim comes to.

    Members:
        BETTER: the first model is better.
        INDISTINGUISHABLE: they cannot be told apart, and more trials would not change that.
        NOT_ENOUGH_TRIALS: they cannot be told apart by these trials; more would do it if the
            difference stays as it is, or it is not known how the trials of a model scatter.
    """

    BETTER = "better"
    INDISTINGUISHABLE = "indistinguishable"
    NOT_ENOUGH_TRIALS = "not enough trials"


class Method(StrEnum):
    """How a p-value and an interval were found, in words for people.

    The broad claims of a pair answer for trials and images, the narrow ones for trials alone.
    """

    MCNEMAR = "exact McNemar"
    COMPONENTS = "t, trials and images"
    PAIRED_COMPONENTS = "paired t, trials and images"
    CORRECTED_COMPONENTS = "Nadeau-Bengio t, trials and images"
    WELCH = "Welch's t over trials"
    PAIRED = "paired t over trials"
    CORRECTED = "Nadeau-Bengio t over trials"
    NO_CHANCE = "nothing left to chance"
    UNKNOWN = "one trial, spread unknown"


@dataclass(frozen=True)
class Claim:
    """What the trials say of the difference of two models, first less second, fractions.

    Attributes:
        method: how the figures were found.
        interval: of the difference; None where the spread over trials is not known.
        p_value: two-sided, of there being no difference; None likewise.
        p_adjusted: by Holm's method over all pairs compared; equal to `p_value` for one pair.
        verdict: what it comes to.
    """

    method: Method
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict = Verdict.NOT_ENOUGH_TRIALS


def t_claim(method: Method, difference: float, variance: Variance, level: float) -> Claim:
    """Make a claim by a t test of a difference whose variance is above 0.

    Args:
        method: what it is called.
        difference: the difference of the means.
        variance: its variance, with degrees of freedom.
        level: the interval has the confidence 1 - level.
    """
    error = sqrt(variance.value)
    half_width = float(stdtrit(variance.freedom, 1 - level / 2)) * error
    p_value = min(1.0, 2 * float(stdtr(variance.freedom, -abs(difference) / error)))
    return Claim(method, (difference - half_width, difference + half_width), p_value)


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test (1947).

    Of the images that only one of two models gets right, each is as likely right by one as by the
    other if there is no difference: a binomial test.

    Args:
        only_first: how many images only the first gets right.
        only_second: how many only the second.
    """
    number = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), number, 0.5)))


def alike_claim(method: Method, difference: float, images: int, level: float) -> Claim:
    """Make the claim about models that differ in the same way on every image, mostly not at all.

    Its interval is what may hide where none of so many images is an exception: the share that
    would leave that a chance of level / 2.
    """
    bound = float(1 - (level / 2) ** (1 / images))
    return Claim(method, (difference - bound, difference + bound), 0.0 if difference else 1.0)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted for there being several (Holm 1979); None stays None."""
    order = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for done, (p, i) in enumerate(order):
        largest = max(largest, min(1.0, p * (len(order) - done)))
        adjusted[i] = largest
    return adjusted
