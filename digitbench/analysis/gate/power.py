"""Whether a difference of two means over seeds is more than noise, and how small a one would show.

Two groups of trials on the same test images are compared: the baseline's and those of the code as
it is now. The test images are the same, so that the seeds alone make noise. The test is Student's t
with the spread of both groups pooled: trials of an unchanged model are draws from one distribution,
for which the pooled test has exactly the false-alarm rate that it states, however few they are, if
accuracies over seeds are roughly normal. `docs/methodology.md`, "The gate", has the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import fmean

import numpy as np
import scipy
from numpy.typing import NDArray

POWER = 0.9
"""The share of true drops of the stated size that are found; 1 less it is the share missed."""

ROUNDING = 1e-9
"""Less than a part of an image: sums of fractions that are equal on paper differ by no more."""

_POINTS = (np.arange(200) + 0.5) / 200
"""Probabilities at which the distribution of an estimated spread is sampled."""


@dataclass(frozen=True)
class Contrast:
    """How far a mean lies below another one, and what is known of the noise.

    Attributes:
        drop: estimate, a fraction; negative if the mean is higher.
        std: of one trial, a fraction; None if there are too few trials to know it.
        freedom: degrees of freedom of that estimate.
        scale: standard error of `drop` in units of `std`.
    """

    drop: float
    std: float | None
    freedom: int
    scale: float

    def p_value(self, allowed: float) -> float | None:
        """Return the probability of a drop like this, or a larger one, if the true one is allowed.

        Args:
            allowed: the largest true drop that is no fault.

        Returns:
            One-sided; None if the noise is unknown.
        """
        if self.std is None:
            return None
        excess, error = self.drop - allowed, self.std * self.scale
        if error == 0:
            return 0.0 if excess > ROUNDING else 1.0
        return float(scipy.special.stdtr(self.freedom, -excess / error))

    def upper(self, level: float) -> float | None:
        """Return the bound that the true drop exceeds with probability `level` at most.

        None if the noise is unknown.
        """
        if self.std is None:
            return None
        quantile = float(scipy.special.stdtrit(self.freedom, 1 - level))
        return self.drop + quantile * self.std * self.scale

    def smallest_drop(self, level: float) -> float | None:
        """Return the smallest true drop that a check like this one finds with 90 % power.

        Args:
            level: false-alarm rate of the test.

        Returns:
            A fraction, beyond what is allowed; None if the noise is unknown.
        """
        if self.std is None:
            return None
        return detectable_factor(self.freedom, self.freedom, level) * self.std * self.scale


def contrast(now: Sequence[float], then: Sequence[float], *, smallest_std: float = 0.0) -> Contrast:
    """Hold the mean of a group of trials against that of another one.

    Args:
        now: accuracies of the trials that are judged, at least one.
        then: the baseline's, at least one.
        smallest_std: the spread of a trial is not taken to be less (`flip_std`).
    """
    std, freedom = pooled_std([now, then], smallest_std)
    scale = sqrt(1 / len(now) + 1 / len(then))
    return Contrast(fmean(then) - fmean(now), std, freedom, scale)


def exact_contrast(drop: float) -> Contrast:
    """Return a contrast without noise, as of deterministic models."""
    return Contrast(drop, 0.0, 1, 0.0)


def shortfall(
    now: Sequence[float],
    floor: float,
    then: Sequence[float] = (),
    *,
    smallest_std: float = 0.0,
) -> Contrast:
    """Hold the mean of a group of trials against a fixed figure.

    Args:
        now: the figures of the trials that are judged, at least one.
        floor: what their mean is to reach.
        then: the baseline's trials, which help to know the spread.
        smallest_std: as `contrast` has it.
    """
    std, freedom = pooled_std([now, then], smallest_std)
    return Contrast(floor - fmean(now), std, freedom, sqrt(1 / len(now)))


def pooled_std(
    groups: Sequence[Sequence[float]], smallest: float = 0.0
) -> tuple[float | None, int]:
    """Return the standard deviation within groups and its degrees of freedom.

    Returns:
        None and 0 if no group has two values.
    """
    filled = [group for group in groups if len(group)]
    freedom = sum(len(group) - 1 for group in filled)
    if freedom == 0:
        return None, 0
    squares = sum((value - fmean(group)) ** 2 for group in filled for value in group)
    return max(sqrt(squares / freedom), smallest), freedom


def flip_std(wrong: NDArray[np.integer], trials: int) -> float:
    """Return a lower bound on the std of a trial's accuracy, from images that are not always alike.

    If the images flip between right and wrong independently, the number of wrong ones has the
    variance sum of p(1 - p), estimated without bias by p̂(1 - p̂) m / (m - 1) over m trials. Trials
    that a seed makes better or worse as a whole have more. The bound counts up to one image: it is
    there for models of which a handful of images flips at all, so that a few trials can agree by
    chance.

    Args:
        wrong: in how many of the trials each image is wrong, `(n_images,)`, both groups together.
        trials: m.
    """
    if trials < 2:  # noqa: PLR2004 (no spread in one trial)
        return 0.0
    shares = wrong / trials
    variance = float(np.sum(shares * (1 - shares))) * trials / (trials - 1)
    return min(sqrt(variance), 1.0) / len(wrong)


@lru_cache(maxsize=256)
def detectable_factor(known: int, freedom: int, level: float, power: float = POWER) -> float:
    """Return the smallest drop that is found with a given power, in standard errors.

    For a known spread this is the noncentral t distribution: P(Z + drop > quantile · S), with S the
    spread that the test will meet. The spread by which the drop is told is an estimate as well, so
    the power is averaged over it too: a user who is told a drop finds it with this power, though
    the spread told may be too small by chance.

    Args:
        known: degrees of freedom of the estimated spread, by which the factor is multiplied.
        freedom: of the test.
        level: false-alarm rate of the test.
        power: share of such drops to be found.
    """
    quantile = float(scipy.special.stdtrit(freedom, 1 - level))
    told, met = _spreads(known), _spreads(freedom)

    def found(factor: float) -> float:
        return float(np.mean(scipy.special.ndtr(factor * told[:, None] - quantile * met)))

    low, high = 0.0, 4.0
    while found(high) < power:
        low, high = high, 2 * high
    while high - low > 1e-5 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < power else (low, middle)
    return high


def _spreads(freedom: int) -> NDArray[np.float64]:
    """Return estimates of a spread of 1 at equally probable points of their distribution."""
    spreads: NDArray[np.float64] = np.sqrt(
        scipy.special.gammaincinv(freedom / 2, _POINTS) * 2 / freedom
    )
    return spreads
