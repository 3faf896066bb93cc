"""Which of two models is better, and how sure that is.

Two claims, kept apart: about digits like these, which answers for the seeds and for the choice of
test images, and about this very test set, which answers for the seeds alone. The methods are in
`docs/methodology.md`, "Which model is better".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf, sqrt

import numpy as np
from scipy.special import stdtrit

from digitbench.analysis.claims import (
    Claim,
    Method,
    Verdict,
    alike_claim,
    mcnemar_p_value,
    t_claim,
)
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.summary import variance_factor
from digitbench.analysis.uncertainty import repeats_variance
from digitbench.analysis.variance import (
    EXACT,
    Variance,
    variance_over_images,
    variance_over_trials,
)

_MOST_TRIALS = 10_000
"""No more trials than so many are ever said to be needed."""
_NO_DIFFERENCE = 1e-12
"""Means that are closer are equal: they are fractions of a few million at most."""
_FEW_DEGREES_OF_FREEDOM = 5
"""A spread over trials that is worth less is always taken with care (`Difference.careful`). So few
trials often have almost the same accuracy by luck."""
_NARROW = {
    Method.MCNEMAR: Method.NO_CHANCE,
    Method.COMPONENTS: Method.WELCH,
    Method.PAIRED_COMPONENTS: Method.PAIRED,
    Method.CORRECTED_COMPONENTS: Method.CORRECTED,
    Method.UNKNOWN: Method.UNKNOWN,
}


@dataclass(frozen=True)
class Difference:
    """The variance of a difference of two means by its sources.

    Attributes:
        method: of the broad claim.
        trials: what repeating the training gives; None where it is not known.
        lowered: the part of its value that more trials lower: all of it, but for resampled
            training sets.
        rest: the least it can be, from the flips of single images alone.
        fewest: one less than the number of trials of the model that has the fewest.
        images: what the finite test set gives.
    """

    method: Method
    trials: Variance | None
    lowered: float
    rest: float
    fewest: float
    images: Variance

    @property
    def is_few(self) -> bool:
        """Whether the spread over trials is known from so few that it needs care."""
        return self.trials is not None and self.trials.freedom < _FEW_DEGREES_OF_FREEDOM

    @property
    def careful(self) -> Variance | None:
        """The variance over trials, but no less than single images' flips give.

        Three trials that have the same accuracy by luck are no proof that there is no spread. Few
        trials do not vouch for Welch's degrees of freedom either: those of the model with the
        fewest trials are then taken.
        """
        if self.trials is None:
            return None
        freedom = self.fewest if self.is_few else self.trials.freedom
        return Variance(max(self.trials.value, self.rest), freedom)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models and what can be said of their difference.

    Attributes:
        first: the one with the higher mean accuracy; of equals, the one named first.
        second: the other.
        difference: first's mean accuracy less second's, a fraction, not negative.
        variance: of the difference, by its sources.
        broad: the claim about digits like these.
        narrow: the claim about this test set alone.
        trials_needed: about how many trials of each would settle the broad claim, should means
            and spread stay as they are; None if it is settled, or no number would.
        images_needed: about how many test images would; None if it is settled, or the means are
            equal.
    """

    first: Outcomes
    second: Outcomes
    difference: float
    variance: Difference
    broad: Claim
    narrow: Claim
    trials_needed: int | None = None
    images_needed: int | None = None

    @property
    def images_per_10_000(self) -> float:
        """How many more of 10,000 images the first gets right."""
        return self.difference * 10_000


def compare_pair(one: Outcomes, other: Outcomes, level: float, *, careful: bool = False) -> Pair:
    """Compare two models on the same test images; p-values are not yet adjusted.

    Args:
        one: outcomes of a model.
        other: those of another; the labels must be the same.
        level: two-sided level of the tests; the intervals have the confidence 1 - level.
        careful: whether p-values below that level will be asked for, as among many pairs. Trials
            that agree by luck count for little then: see `Difference.careful`.
    """
    first, second = (other, one) if other.accuracy > one.accuracy else (one, other)
    difference = first.accuracy - second.accuracy
    if abs(difference) < _NO_DIFFERENCE:
        difference = 0.0
    parts = difference_of(first, second)
    return Pair(
        first=first,
        second=second,
        difference=difference,
        variance=parts,
        broad=_broad(first, second, difference, parts, level, careful=careful),
        narrow=_narrow(difference, parts, level),
    )


def settle(pair: Pair, level: float, *, broad_p: float | None, narrow_p: float | None) -> Pair:
    """Give a pair its adjusted p-values and the verdicts that follow from them.

    Args:
        pair: as `compare_pair` returns it.
        level: a claim is made if the adjusted p-value is not above it.
        broad_p: the adjusted p-value of the broad claim.
        narrow_p: that of the narrow one. Where the broad claim is made, so is the narrow: it asks
            for less, but with few trials its own test, which knows only those, is the weaker.
    """
    parts = pair.variance
    trials = images = None
    verdict = Verdict.BETTER
    if broad_p is None:
        verdict = Verdict.NOT_ENOUGH_TRIALS
    elif broad_p > level or not pair.difference:
        critical = _critical(pair.broad.p_value, broad_p, level)
        trials = _trials_needed(pair, parts, critical)
        images = _images_needed(pair, parts, critical)
        verdict = Verdict.INDISTINGUISHABLE if trials is None else Verdict.NOT_ENOUGH_TRIALS
    narrow = verdict
    if narrow is not Verdict.BETTER:
        narrow = _narrow_verdict(pair, parts, narrow_p, level)
    return replace(
        pair,
        broad=replace(pair.broad, p_adjusted=broad_p, verdict=verdict),
        narrow=replace(pair.narrow, p_adjusted=narrow_p, verdict=narrow),
        trials_needed=trials,
        images_needed=images,
    )


def common_trials(one: Outcomes, other: Outcomes) -> tuple[tuple[int, int], ...] | None:
    """Return the positions of the trials of two models that share their randomness.

    Trials share it if they trained on the same resampled images, or if they are of the same model
    with other options and had the same seed. None where the trials are independent, or fewer than
    two are common: they are then compared as two samples.
    """
    resampled = one.training_overlap is not None and other.training_overlap is not None
    if not resampled and (one.planned.name != other.planned.name or one.exact or other.exact):
        return None
    places = {other.randomness(i): i for i in range(len(other.trials))}
    found = tuple(
        (i, places[one.randomness(i)])
        for i in range(len(one.trials))
        if one.randomness(i) in places
    )
    return found if len(found) > 1 else None


def difference_of(first: Outcomes, second: Outcomes) -> Difference:
    """Return the variance of the difference of two models' means by its sources."""
    together = common_trials(first, second)
    if together is not None and len(together) == len(first.trials) == len(second.trials):
        return _paired_difference(first, second, together)
    of_each = [first.variance, second.variance]
    rest = sum(variance.of_rest for variance in of_each)
    images = variance_over_images(first.image_accuracy - second.image_accuracy, rest)
    if first.exact and second.exact:
        return Difference(Method.MCNEMAR, EXACT, 0.0, 0.0, inf, images)
    trials, lowered, fewest = EXACT, 0.0, inf
    for model, variance in zip((first, second), of_each, strict=True):
        repeats = repeats_variance(model, variance.of_mean)
        if repeats is None:
            return Difference(Method.UNKNOWN, None, 0.0, 0.0, 0.0, images)
        trials, fewest = trials + repeats, min(fewest, repeats.freedom)
        lowered += variance.of_mean.value if variance.of_mean else 0.0
    overlaps = {first.training_overlap, second.training_overlap}
    method = Method.COMPONENTS if overlaps == {None} else Method.CORRECTED_COMPONENTS
    return Difference(method, trials, lowered, rest, fewest, images)


def _paired_difference(
    first: Outcomes, second: Outcomes, together: tuple[tuple[int, int], ...]
) -> Difference:
    """Return the variance of the mean of differences of trials that belong together."""
    ours, theirs = (list(positions) for positions in zip(*together, strict=True))
    differences = first.correct[ours].astype(np.int8) - second.correct[theirs]
    variance = variance_over_trials(differences)
    images = variance_over_images(differences.mean(axis=0, dtype=np.float64), variance.of_rest)
    of_mean = variance.of_mean or EXACT
    method = Method.PAIRED_COMPONENTS
    if first.training_overlap is not None:
        method = Method.CORRECTED_COMPONENTS
    n_trials = len(first.trials)
    factor = n_trials * variance_factor(n_trials, first.training_overlap)
    trials = Variance(of_mean.value * factor, of_mean.freedom)
    rest = variance.of_rest * factor
    return Difference(method, trials, of_mean.value, rest, trials.freedom, images)


def _broad(
    first: Outcomes,
    second: Outcomes,
    difference: float,
    parts: Difference,
    level: float,
    *,
    careful: bool,
) -> Claim:
    """Make the claim that answers for seeds and images."""
    spread = parts.careful if careful or parts.is_few else parts.trials
    if spread is None:
        return Claim(Method.UNKNOWN)
    total = spread.and_of_images(parts.images).or_more(Variance(parts.rest, inf))
    if total.value == 0:
        return alike_claim(parts.method, difference, len(first.labels), level)
    claim = t_claim(parts.method, difference, total, level)
    if parts.method is Method.MCNEMAR:
        right, others = first.correct[0], second.correct[0]
        counts = (int(np.count_nonzero(x & ~y)) for x, y in ((right, others), (others, right)))
        claim = replace(claim, p_value=mcnemar_p_value(*counts))
    return claim


def _narrow(difference: float, parts: Difference, level: float) -> Claim:
    """Make the claim that answers for the seeds alone."""
    method = _NARROW[parts.method]
    variance = parts.careful
    if variance is None:
        return Claim(method)
    if variance.value == 0:
        return Claim(method, (difference, difference), 0.0 if difference else 1.0)
    return t_claim(method, difference, variance, level)


def _narrow_verdict(
    pair: Pair, parts: Difference, p_adjusted: float | None, level: float
) -> Verdict:
    if p_adjusted is None:
        return Verdict.NOT_ENOUGH_TRIALS
    if p_adjusted <= level and pair.difference:
        return Verdict.BETTER
    settled = not pair.difference or not parts.lowered
    return Verdict.INDISTINGUISHABLE if settled else Verdict.NOT_ENOUGH_TRIALS


def _critical(p_value: float | None, adjusted: float | None, level: float) -> float:
    """Return how many standard errors a difference needs at the level that Holm leaves a pair."""
    share = p_value / adjusted if p_value and adjusted and adjusted < 1 else 1.0
    return float(stdtrit(inf, 1 - level * share / 2))


def _trials_needed(pair: Pair, parts: Difference, critical: float) -> int | None:
    """Return about how many trials of each would settle the claim; None if none would."""
    if parts.trials is None or not parts.lowered:
        return None
    fixed = max(0.0, parts.images.value + parts.trials.value - parts.lowered)
    room = (pair.difference / critical) ** 2 - fixed
    trials = max(len(pair.first.trials), len(pair.second.trials))
    if room <= 0:
        return None
    needed = max(trials + 1, ceil(trials * parts.lowered / room))
    return needed if needed <= _MOST_TRIALS else None


def _images_needed(pair: Pair, parts: Difference, critical: float) -> int | None:
    """Return about how many test images would settle the claim; None if none would."""
    if parts.trials is None or not pair.difference:
        return None
    error = sqrt(parts.images.value + parts.trials.value)
    return ceil(len(pair.first.labels) * (critical * error / pair.difference) ** 2)
