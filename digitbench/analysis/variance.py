"""Where the error of a mean over trials and images comes from: variance components.

The matrix of outcomes, trials by images, is a crossed design with both factors random: an outcome
is a mean plus an effect of the trial, an effect of the image and the rest,
y_ti = m + a_t + b_i + e_ti. Images that come in groups, such as the digits of one writer, are drawn
by the group; G groups lie in strata that are fixed by design. With u_g, the sum over the images of
group g of their means over the T trials less the mean of their stratum, and U_tg, the same of trial
t alone less u_g, the mean over T trials and N images has the variance

    V   = V_T + V_G - V_TG
    V_T = s^2/T, with the variance s^2 of the trials' means: what further trials would lower
    V_G = sum over strata s of G_s/(G_s - 1) * sum of u_g^2 / N^2
    V_TG = sum over t and s of G_s/(G_s - 1) * sum of U_tg^2 / (N^2 T (T - 1))

V_TG is in V_T and in V_G, and counted once. V_G - V_TG is what only further groups would lower.
Where every image is a group these are the mean squares of the two-way analysis of variance without
replication (Searle, Casella, McCulloch 1992, "Variance Components", chapter 4):
V = (MS_trials + MS_images - MS_rest)/(T*N). Degrees of freedom of the sum are Satterthwaite's
(1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf

import numpy as np
import scipy
from numpy.typing import NDArray

from digitbench.analysis.sampling import Matrix, Sampling, Sums, one_by_one

_CONFIDENCE_OF_LIMIT = 0.7
"""Of the upper limit of a spread in `Variance.and_of_images`. In simulations of equal models, five
trials against one of a deterministic model, 0.5 leaves 6 % of false claims in some settings."""

_BLOCK_ROWS = 64
_ROUNDING = 1e-8
"""Of an image: totals of trials that are closer agree. Scores, unlike whole numbers, do not add up
exactly."""


@dataclass(frozen=True)
class Variance:
    """An estimated variance and what it is worth.

    Attributes:
        value: the variance.
        freedom: degrees of freedom of the estimate; infinite where it is exact.
    """

    value: float
    freedom: float

    def __add__(self, other: Variance) -> Variance:
        """Add the variance of something independent, with Satterthwaite's degrees of freedom."""
        total = self.value + other.value
        if total == 0:
            return Variance(0.0, max(self.freedom, other.freedom))
        inverse = (self.value / total) ** 2 / self.freedom
        inverse += (other.value / total) ** 2 / other.freedom
        return Variance(total, 1 / inverse if inverse else inf)

    def and_of_images(self, images: Variance) -> Variance:
        """Add the images' part to the part of the trials, with freedom that luck does not raise.

        Where a few trials lie close together by luck, their part looks small, and Satterthwaite's
        formula would give the sum almost the freedom of the images. In it, the trials' part is
        therefore taken at its upper 70 % confidence limit.
        """
        if isinf(self.freedom):
            return self + images
        quantile = float(scipy.special.chdtri(self.freedom, _CONFIDENCE_OF_LIMIT))
        limit = self.value * self.freedom / quantile
        freedom = (Variance(limit, self.freedom) + images).freedom
        return Variance(self.value + images.value, freedom)

    def or_more(self, least: Variance) -> Variance:
        """Return the same, or what it cannot be below if it came out less than that."""
        return least if self.value < least.value else self


EXACT = Variance(0.0, inf)
"""The variance of what does not vary."""


@dataclass(frozen=True)
class TrialVariance:
    """What the trials of one model, or of the difference of two, say of a mean's variance.

    Attributes:
        of_mean: the part V_T that further trials would lower; None for a single trial, which does
            not tell.
        of_rest: what neither trials nor images explain, such as flips of single images: V_TG with
            every image a group. It is a part of `of_mean`. 0 for a single trial or image.
        of_groups: V_TG, what neither trials nor groups explain; a part of `of_mean`, and of the
            variance of the groups' means. 0 for a single trial or group.
    """

    of_mean: Variance | None
    of_rest: float
    of_groups: float


@dataclass(frozen=True, eq=False)
class Counts:
    """The sums of a matrix of outcomes 0 and 1, or of their differences -1, 0 and 1.

    Attributes:
        of_trials: int64 `(n_trials,)`.
        of_images: int64 `(n_images,)`.
        not_zero: how many of the outcomes or differences are not 0.
    """

    of_trials: NDArray[np.int64]
    of_images: NDArray[np.int64]
    not_zero: int


def variance_over_trials(
    matrix: Matrix, sampling: Sampling | None = None, group_sums: Sums | None = None
) -> TrialVariance:
    """Analyse a matrix `(n_trials, n_images)` of outcomes, or of differences of outcomes.

    Args:
        matrix: the outcomes; they give exactly 0 where no trial differs from another.
        sampling: how the images were drawn; None for one by one.
        group_sums: the sums over each group's images, `(n_trials, n_groups)`, if they are known.

    Raises:
        ValueError: it has no trial or no image.
    """
    n_trials, n_images = matrix.shape
    if sampling is None or sampling.is_plain:
        group_sums = None
    elif group_sums is None:
        group_sums = sampling.sums(matrix)
    drawn = sampling or one_by_one(n_images)
    if matrix.dtype.kind != "f":
        of_trials, of_images = (matrix.sum(axis=axis, dtype=np.int64) for axis in (1, 0))
        counts = Counts(of_trials, of_images, int(np.count_nonzero(matrix)))
        return variance_of_counts(counts, drawn, group_sums)
    scores = matrix.astype(np.float64)
    _check_shape(n_trials, n_images)
    if n_trials == 1:
        return TrialVariance(None, 0.0, 0.0)
    of_rest = _left_over(scores, one_by_one(n_images))
    return _of_totals(scores.sum(axis=1), of_rest, drawn, group_sums)


def variance_of_counts(
    counts: Counts, sampling: Sampling, group_sums: Sums | None = None
) -> TrialVariance:
    """Analyse a matrix of outcomes 0 and 1, or of their differences, by its sums.

    Args:
        counts: the sums.
        sampling: how the images were drawn.
        group_sums: the sums over each group's images, `(n_trials, n_groups)`; needed unless images
            were drawn one by one from a single stratum.

    Raises:
        ValueError: there is no trial or no image.
    """
    n_trials, n_images = len(counts.of_trials), len(counts.of_images)
    _check_shape(n_trials, n_images)
    if n_trials == 1:
        return TrialVariance(None, 0.0, 0.0)
    totals = counts.of_trials.astype(np.float64)
    return _of_totals(totals, _left_over_of_counts(counts), sampling, group_sums)


def _check_shape(n_trials: int, n_images: int) -> None:
    if n_trials < 1 or n_images < 1:
        raise ValueError(f"a matrix of {n_trials} trials and {n_images} images has no variance")


def _of_totals(
    totals: NDArray[np.float64], of_rest: float, sampling: Sampling, group_sums: Sums | None
) -> TrialVariance:
    """Return what trials say, given their totals, V_TG of single images, and sums over groups."""
    n_trials, of_groups = len(totals), of_rest
    if group_sums is not None:
        of_groups = _left_over(group_sums, sampling)
        totals = group_sums.sum(axis=1)
    deviations = n_trials * totals - totals.sum()
    deviations[np.abs(deviations) < _ROUNDING] = 0
    scatter = float(np.square(deviations).sum()) / n_trials**2
    of_mean = scatter / (n_trials - 1) / n_trials / sampling.images**2
    return TrialVariance(Variance(of_mean, n_trials - 1), of_rest, of_groups)


def variance_over_groups(
    sums: Sums, trials: float, of_groups: float, sampling: Sampling
) -> Variance | None:
    """Return the part V_G - V_TG of a mean's variance that only further groups would lower.

    With few effective groups k the estimate is worth as much as a sample of k: t with k - 1
    degrees of freedom then follows the exact sign-flip test closely, where the normal distribution
    would find a difference in four images. Images that were drawn one by one count for k as far as
    they are not 0, groups as far as they deviate from the mean of their stratum.

    Args:
        sums: over trials and images of each group, `(n_groups,)`.
        trials: over how many trials.
        of_groups: V_TG, of all the trials in `sums` (`TrialVariance.of_groups`).
        sampling: how the images were drawn.

    Returns:
        The variance, not below 0; None where a single group does not tell.
    """
    if sampling.groups < 2:  # noqa: PLR2004
        return None
    deviations = sampling.deviations(sums) / trials
    weighted = np.sqrt(sampling.factors) * deviations
    value = float(np.square(weighted).sum()) / sampling.images**2 - of_groups
    count = effective_number(sums if sampling.one_by_one else weighted)
    return Variance(max(0.0, value), max(1.0, count - 1))


def effective_number(values: NDArray[np.float64]) -> float:
    """Return how many values their sum of squares rests on: (Σx²)²/Σx⁴, 0 if all are 0."""
    squares = values**2
    fourth = float((squares**2).sum())
    return float(squares.sum()) ** 2 / fourth if fourth else 0.0


def _left_over(sums: Sums, sampling: Sampling) -> float:
    """Return V_TG of sums over the images of each group, `(n_trials, n_groups)`."""
    n_trials, n_groups = sums.shape
    if n_groups < 2:  # noqa: PLR2004
        return 0.0
    totals = sums.sum(axis=0)
    squared = np.empty_like(sums)
    for start in range(0, n_trials, _BLOCK_ROWS):  # what is worked on stays in the cache
        rows = slice(start, start + _BLOCK_ROWS)
        deviations = sampling.deviations(n_trials * sums[rows] - totals) / n_trials
        np.square(deviations, out=squared[rows])
    squares = float((squared @ sampling.factors).sum())
    return float(squares / sampling.images**2 / n_trials / (n_trials - 1))


def _left_over_of_counts(counts: Counts) -> float:
    """Return V_TG of outcomes 0 and 1, or their differences -1, 0 and 1, each image a group.

    It is what `_left_over` returns, in whole numbers: with the sums c of the columns and r of the
    rows, of n trials and m images, the squares of the deviations add up to
    (n Σx² - Σc²) / n - (n Σr² - (Σr)²) / (n m).
    """
    n_trials, n_images = len(counts.of_trials), len(counts.of_images)
    if n_images < 2:  # noqa: PLR2004
        return 0.0
    columns = counts.of_images  # 100,000 trials of 10^8 images are in bounds
    rows = counts.of_trials.tolist()
    of_images = n_trials * counts.not_zero - int(columns @ columns)
    of_trials = n_trials * sum(total**2 for total in rows) - sum(rows) ** 2
    squares = (n_images * of_images - of_trials) / (n_trials * (n_images - 1))
    return float(squares / n_images**2 / n_trials / (n_trials - 1))
