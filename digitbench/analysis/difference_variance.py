"""The variance of the difference of two models' mean accuracies, by its sources.

The formulas are in `docs/methodology.md`, "Which model is better".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sampling import Sums
from digitbench.analysis.significance import Method
from digitbench.analysis.summary import variance_factor
from digitbench.analysis.variance import (
    EXACT,
    Counts,
    TrialVariance,
    Variance,
    variance_of_counts,
    variance_over_groups,
    variance_over_trials,
)

_FEW_DEGREES_OF_FREEDOM = 5
"""A spread over trials that is worth less is always taken with care
(`DifferenceVariance.at_least`). So few trials often have almost the same accuracy by luck."""


@dataclass(frozen=True)
class Side:
    """The trials of one model, or the differences of paired trials of two.

    Attributes:
        of_one: the variance s² of a trial's mean.
        trials: how many there are.
        overlap: what share of their training images they have in common by resampling; None where
            all had all.
    """

    of_one: float
    trials: int
    overlap: float | None = None

    @property
    def of_mean(self) -> Variance:
        """The variance of the mean over the trials."""
        factor = variance_factor(self.trials, self.overlap)
        return Variance(self.of_one * factor, self.trials - 1)

    @property
    def lowered(self) -> float:
        """The part of it that more trials lower: all, but for resampled training sets."""
        return self.of_one / self.trials


@dataclass(frozen=True)
class DifferenceVariance:
    """The variance of a difference of two means by its sources.

    Attributes:
        method: how it was found; of the population claim where images were drawn one by one.
        sides: whose trials vary: none if both models are deterministic, one where trials are
            paired; None where a spread over trials is not known.
        rest: the least that trials give, from the flips of single images alone.
        group_rest: likewise of whole groups of images (V_TG).
        images: what the finite test set gives; None where one group of images does not tell.
        groups: how many groups of images there are.
    """

    method: Method
    sides: tuple[Side, ...] | None
    rest: float
    group_rest: float
    images: Variance | None
    groups: int

    @property
    def trials(self) -> Variance | None:
        """What repeating the training gives; None where it is not known."""
        if self.sides is None:
            return None
        total = EXACT
        for side in self.sides:
            total = total + side.of_mean
        return total

    @property
    def lowered(self) -> float:
        """The part of it that more trials lower."""
        return sum(side.lowered for side in self.sides or ())

    @property
    def fixed(self) -> float:
        """What would be left of the variance with ever more trials."""
        of_trials = self.trials.value - self.lowered if self.trials else 0.0
        return max(0.0, of_trials + (self.images.value if self.images else 0.0))

    @property
    def is_few(self) -> bool:
        """Whether the spread over trials is known from so few that it needs care."""
        return self.trials is not None and self.trials.freedom < _FEW_DEGREES_OF_FREEDOM

    @property
    def careful(self) -> Variance | None:
        """The variance over trials, but no less than single images' flips give."""
        return self.at_least(self.rest)

    def at_least(self, rest: float) -> Variance | None:
        """Return the variance over trials, but no less than flips give; None if it is not known.

        Three trials that have the same accuracy by luck are no proof that there is no spread. Few
        trials do not vouch for Welch's degrees of freedom either: those of the model with the
        fewest trials are then taken.
        """
        if self.trials is None or self.sides is None:
            return None
        fewest = min((side.trials - 1 for side in self.sides), default=inf)
        freedom = fewest if self.is_few else self.trials.freedom
        return Variance(max(self.trials.value, rest), freedom)

    def total(self, *, careful: bool) -> Variance | None:
        """Return the variance that answers for trials and images; None if it is not known.

        Args:
            careful: whether p-values below the usual level will be asked for. Trials that agree by
                luck count for little then.
        """
        spread = self.at_least(self.group_rest) if careful or self.is_few else self.trials
        if spread is None or self.images is None:
            return None
        return spread.and_of_images(self.images).or_more(Variance(self.group_rest, inf))

    def with_trials(self, trials: int) -> DifferenceVariance:
        """Return what is to be expected of so many trials of each model that varies."""
        if not self.sides or not self.lowered:
            return self
        sides = tuple(replace(side, trials=trials) for side in self.sides)
        less = sum(side.lowered for side in sides) / self.lowered
        return replace(self, sides=sides, rest=self.rest * less, group_rest=self.group_rest * less)

    def total_with_groups(self, groups: int, *, careful: bool) -> Variance | None:
        """Return what `total` is to be expected to be on so many groups of images.

        Only V_T - V_TG is as large as before. The effective number of groups grows as they do.
        """
        spread = self.at_least(self.group_rest) if careful or self.is_few else self.trials
        if spread is None or self.images is None:
            return None
        share = self.groups / groups
        kept = max(0.0, spread.value - self.group_rest) + share * self.group_rest
        freedom = (self.images.freedom + 1) / share - 1
        images = Variance(self.images.value * share, freedom)
        return Variance(kept, spread.freedom).and_of_images(images)


def common_trials(one: Outcomes, other: Outcomes) -> tuple[tuple[int, int], ...] | None:
    """Return the positions of the trials of two models that share their randomness.

    Trials share it if they trained on the same resampled images, or if they are of the same model
    with other options and had the same seed. None where the trials are independent, or fewer than
    two are common: they are then compared as two samples.
    """
    resampled = one.training_overlap is not None and other.training_overlap is not None
    if not resampled and (one.planned.name != other.planned.name or one.exact or other.exact):
        return None
    places = {chance: i for i, chance in enumerate(other.randomness)}
    found = tuple(
        (i, places[chance]) for i, chance in enumerate(one.randomness) if chance in places
    )
    return found if len(found) > 1 else None


def difference_of(first: Outcomes, second: Outcomes) -> DifferenceVariance:
    """Return the variance of the difference of two models' means by its sources."""
    together = common_trials(first, second)
    if together is not None and len(together) == len(first.trials) == len(second.trials):
        return _paired_difference(first, second, together)
    of_each = [first.variance, second.variance]
    rest = sum(variance.of_rest for variance in of_each)
    group_rest = sum(variance.of_groups for variance in of_each)
    trials = len(first.trials), len(second.trials)
    sums = trials[1] * first.group_totals - trials[0] * second.group_totals
    images = variance_over_groups(sums, trials[0] * trials[1], group_rest, first.sampling)
    groups = first.sampling.groups
    if first.exact and second.exact:
        # The exact test is one of whole images.
        exact = first.scores is None and second.scores is None
        method = Method.MCNEMAR if exact else Method.COMPONENTS
        return DifferenceVariance(method, (), 0.0, 0.0, images, groups)
    sides = []
    for model, variance in zip((first, second), of_each, strict=True):
        if model.exact:
            continue
        if variance.of_mean is None:
            return DifferenceVariance(Method.UNKNOWN, None, 0.0, 0.0, images, groups)
        sides.append(_side(len(model.trials), variance, model.training_overlap))
    overlaps = {first.training_overlap, second.training_overlap}
    method = Method.COMPONENTS if overlaps == {None} else Method.CORRECTED_COMPONENTS
    return DifferenceVariance(method, tuple(sides), rest, group_rest, images, groups)


def mean_variance(scored: Outcomes) -> DifferenceVariance:
    """Return the variance of a mean of scores, such as of what a model loses, by its sources."""
    variance, sampling, trials = scored.variance, scored.sampling, len(scored.trials)
    sums = scored.group_totals
    images = variance_over_groups(sums, trials, variance.of_groups, sampling)
    method = Method.COMPONENTS
    if scored.training_overlap is not None:
        method = Method.CORRECTED_COMPONENTS
    sides: tuple[Side, ...] | None = None
    if scored.exact:
        sides = ()
    elif variance.of_mean is not None:
        sides = (_side(trials, variance, scored.training_overlap),)
    factor = trials * variance_factor(trials, scored.training_overlap)
    rest, group_rest = variance.of_rest * factor, variance.of_groups * factor
    return DifferenceVariance(method, sides, rest, group_rest, images, sampling.groups)


def _difference_over_trials(
    first: Outcomes, second: Outcomes, ours: list[int], theirs: list[int]
) -> TrialVariance:
    """Return what the differences of trials that belong together say of their mean's variance."""
    sampling = first.sampling
    groups = None
    if not sampling.is_plain:
        groups = first.group_right[ours] - second.group_right[theirs]
    if first.scores is not None or second.scores is not None:
        scores = first.matrix[ours].astype(np.float64) - second.matrix[theirs]
        return variance_over_trials(scores, sampling, groups)
    one, other = first.right.rows(ours), second.right.rows(theirs)
    counts = Counts(
        one.of_trials - other.of_trials, one.of_images - other.of_images, one.differing(other)
    )
    return variance_of_counts(counts, sampling, groups)


def _side(trials: int, variance: TrialVariance, overlap: float | None) -> Side:
    of_mean = variance.of_mean or EXACT
    return Side(of_mean.value * trials, trials, overlap)


def _paired_difference(
    first: Outcomes, second: Outcomes, together: tuple[tuple[int, int], ...]
) -> DifferenceVariance:
    """Return the variance of the mean of differences of trials that belong together."""
    ours, theirs = (list(positions) for positions in zip(*together, strict=True))
    sampling, trials = first.sampling, len(first.trials)
    variance = _difference_over_trials(first, second, ours, theirs)
    sums: Sums = first.group_totals - second.group_totals
    images = variance_over_groups(sums, trials, variance.of_groups, sampling)
    method = Method.PAIRED_COMPONENTS
    if first.training_overlap is not None:
        method = Method.CORRECTED_COMPONENTS
    side = _side(trials, variance, first.training_overlap)
    factor = trials * variance_factor(trials, first.training_overlap)
    rest, group_rest = variance.of_rest * factor, variance.of_groups * factor
    return DifferenceVariance(method, (side,), rest, group_rest, images, sampling.groups)
