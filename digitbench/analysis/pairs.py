"""Which of two models is better, and how sure that is.

Two claims, kept apart: about another test set like this one, of new writers or new digits, which
answers for the seeds and for the choice of test images, and about this very test set, which answers
for the seeds alone. The methods are in `docs/methodology.md`, "Which model is better".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
import scipy

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sampling import Sums
from digitbench.analysis.significance import (
    THIS_TEST_SET,
    DifferenceTest,
    Evidence,
    HolmStep,
    Method,
    Verdict,
    permutation_p_value,
    sign_flip_p_value,
    sign_test_p_value,
)
from digitbench.analysis.summary import variance_factor
from digitbench.analysis.variance import (
    EXACT,
    TrialVariance,
    Variance,
    variance_over_groups,
    variance_over_trials,
)

_MOST_TRIALS = 10_000
"""No more trials than so many are ever said to be needed."""
_MOST_GROUPS = 10**9
"""Nor more groups of images."""
_NO_DIFFERENCE = 1e-12
"""Means that are closer are equal: they are fractions of a few million at most."""
_FEW_DEGREES_OF_FREEDOM = 5
"""A spread over trials that is worth less is always taken with care
(`DifferenceVariance.at_least`). So few trials often have almost the same accuracy by luck."""
_OVER_GROUPS = {
    Method.MCNEMAR: Method.SIGN_FLIP,
    Method.COMPONENTS: Method.GROUP_COMPONENTS,
    Method.PAIRED_COMPONENTS: Method.PAIRED_GROUP_COMPONENTS,
    Method.CORRECTED_COMPONENTS: Method.CORRECTED_GROUP_COMPONENTS,
    Method.UNKNOWN: Method.UNKNOWN,
}
_NARROW = {
    Method.MCNEMAR: Method.NO_CHANCE,
    Method.COMPONENTS: Method.WELCH,
    Method.PAIRED_COMPONENTS: Method.PAIRED,
    Method.CORRECTED_COMPONENTS: Method.CORRECTED,
    Method.UNKNOWN: Method.UNKNOWN,
}


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


@dataclass(frozen=True, eq=False)
class Pair:
    """Two models and what can be said of their difference.

    Attributes:
        first: the one with the higher mean accuracy; of equals, the one named first.
        second: the other.
        difference: first's mean accuracy less second's, a fraction, not negative.
        variance: of the difference, by its sources.
        population: the claim about new writers, or new digits where no groups are known.
        test_set: the claim about this test set.
        trials_needed: about how many trials of each would settle the population claim, should means
            and spread stay as they are; None if it is settled, or no number would.
        groups_needed: about how many groups of test images (`group_name`) would, by these trials;
            None if it is settled, or no number would.
    """

    first: Outcomes
    second: Outcomes
    difference: float
    variance: DifferenceVariance
    population: DifferenceTest
    test_set: DifferenceTest
    trials_needed: int | None = None
    groups_needed: int | None = None

    @property
    def group_name(self) -> str | None:
        """What a group of test images is, such as `writer`; None where each stands for itself."""
        return self.first.sampling.name

    @property
    def images_per_10_000(self) -> float:
        """How many more of 10,000 images the first gets right."""
        return self.difference * 10_000


@dataclass(frozen=True, eq=False)
class PairTests:
    """Two models and the tests of their difference, before those of other pairs are known.

    Attributes:
        first, second, difference, variance: as of `Pair`.
        population, test_set: the tests of both claims.
        careful: whether p-values below the usual level will be asked for.
    """

    first: Outcomes
    second: Outcomes
    difference: float
    variance: DifferenceVariance
    population: Evidence
    test_set: Evidence
    careful: bool

    def settle(self, of_population: HolmStep, of_test_set: HolmStep) -> Pair:
        """Say what follows, with what Holm's method leaves each claim.

        Where the claim about the population is made, so is that about this test set: it asks for
        less, but with few trials its own test, which knows only those, is the weaker.
        """
        trials = groups = None
        verdict = Verdict.BETTER
        if of_population.p_adjusted is None:
            verdict = Verdict.NOT_ENOUGH_TRIALS
        elif not of_population.claimed or not self.difference:
            trials = self._trials_needed(of_population.level)
            groups = self._groups_needed(of_population.level)
            verdict = Verdict.INDISTINGUISHABLE if trials is None else Verdict.NOT_ENOUGH_TRIALS
        on_test_set = verdict
        if verdict is not Verdict.BETTER:
            on_test_set = self._test_set_verdict(of_test_set)
        about = self.first.sampling.population
        return Pair(
            first=self.first,
            second=self.second,
            difference=self.difference,
            variance=self.variance,
            population=self.population.claim(
                about, of_population.level, of_population.p_adjusted, verdict
            ),
            test_set=self.test_set.claim(
                THIS_TEST_SET, of_test_set.level, of_test_set.p_adjusted, on_test_set
            ),
            trials_needed=trials,
            groups_needed=groups,
        )

    def _test_set_verdict(self, step: HolmStep) -> Verdict:
        if step.p_adjusted is None:
            return Verdict.NOT_ENOUGH_TRIALS
        if step.claimed and self.difference:
            return Verdict.BETTER
        settled = not self.difference or not self.variance.lowered
        return Verdict.INDISTINGUISHABLE if settled else Verdict.NOT_ENOUGH_TRIALS

    def _trials_needed(self, level: float) -> int | None:
        """Return about how many trials of each would settle the claim; None if none would."""
        if not self.variance.sides or not self.variance.lowered:
            return None

        def settled(trials: int) -> bool:
            expected = self.variance.with_trials(trials).total(careful=self.careful)
            return self._is_settled(expected, level)

        there = min(side.trials for side in self.variance.sides)
        return _fewest(settled, there + 1, _MOST_TRIALS)

    def _groups_needed(self, level: float) -> int | None:
        """Return about how many groups would settle the claim; None if none would."""

        def settled(groups: int) -> bool:
            expected = self.variance.total_with_groups(groups, careful=self.careful)
            return self._is_settled(expected, level)

        return _fewest(settled, self.variance.groups + 1, _MOST_GROUPS)

    def _is_settled(self, variance: Variance | None, level: float) -> bool:
        """Tell whether the difference would be significant if it had a variance."""
        if variance is None or not self.difference:
            return False
        quantile = float(scipy.special.stdtrit(variance.freedom, 1 - level / 2))
        return self.difference >= quantile * sqrt(variance.value)


def compare_pair(one: Outcomes, other: Outcomes, *, careful: bool = False) -> PairTests:
    """Compare two models on the same test images, by themselves.

    Args:
        one: outcomes of a model.
        other: those of another; the labels and the groups of the images must be the same.
        careful: whether p-values below the usual level will be asked for, as among many pairs.
            Trials that agree by luck count for little then: see `DifferenceVariance.at_least`.
    """
    first, second = (other, one) if other.accuracy > one.accuracy else (one, other)
    difference = first.accuracy - second.accuracy
    if abs(difference) < _NO_DIFFERENCE:
        difference = 0.0
    parts = difference_of(first, second)
    return PairTests(
        first=first,
        second=second,
        difference=difference,
        variance=parts,
        population=_population_test(first, second, difference, parts, careful=careful),
        test_set=_test_set_test(first, difference, parts),
        careful=careful,
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


def difference_of(first: Outcomes, second: Outcomes) -> DifferenceVariance:
    """Return the variance of the difference of two models' means by its sources."""
    together = common_trials(first, second)
    if together is not None and len(together) == len(first.trials) == len(second.trials):
        return _paired_difference(first, second, together)
    of_each = [first.variance, second.variance]
    rest = sum(variance.of_rest for variance in of_each)
    group_rest = sum(variance.of_groups for variance in of_each)
    trials = len(first.trials), len(second.trials)
    sums = trials[1] * first.group_right.sum(axis=0) - trials[0] * second.group_right.sum(axis=0)
    images = variance_over_groups(sums, trials[0] * trials[1], group_rest, first.sampling)
    groups = first.sampling.groups
    if first.exact and second.exact:
        return DifferenceVariance(Method.MCNEMAR, (), 0.0, 0.0, images, groups)
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


def _side(trials: int, variance: TrialVariance, overlap: float | None) -> Side:
    of_mean = variance.of_mean or EXACT
    return Side(of_mean.value * trials, trials, overlap)


def _paired_difference(
    first: Outcomes, second: Outcomes, together: tuple[tuple[int, int], ...]
) -> DifferenceVariance:
    """Return the variance of the mean of differences of trials that belong together."""
    ours, theirs = (list(positions) for positions in zip(*together, strict=True))
    differences = first.correct[ours].astype(np.int8) - second.correct[theirs]
    sampling, trials = first.sampling, len(first.trials)
    variance = variance_over_trials(differences, sampling)
    sums: Sums = first.group_right.sum(axis=0) - second.group_right.sum(axis=0)
    images = variance_over_groups(sums, trials, variance.of_groups, sampling)
    method = Method.PAIRED_COMPONENTS
    if first.training_overlap is not None:
        method = Method.CORRECTED_COMPONENTS
    side = _side(trials, variance, first.training_overlap)
    factor = trials * variance_factor(trials, first.training_overlap)
    rest, group_rest = variance.of_rest * factor, variance.of_groups * factor
    return DifferenceVariance(method, (side,), rest, group_rest, images, sampling.groups)


def _population_test(
    first: Outcomes,
    second: Outcomes,
    difference: float,
    parts: DifferenceVariance,
    *,
    careful: bool,
) -> Evidence:
    """Test the claim that answers for seeds and images."""
    method = parts.method if first.sampling.one_by_one else _OVER_GROUPS[parts.method]
    if parts.sides is None:
        return Evidence(method, difference, None)
    groups = first.sampling.groups
    total = parts.total(careful=careful)
    if total is None:
        evidence = Evidence(method, difference, 1.0)
    elif total.value == 0:
        p_value = sign_test_p_value(groups) if difference else 1.0
        evidence = Evidence(method, difference, p_value, total, groups)
    else:
        evidence = Evidence.by_t(method, difference, total)
    if parts.method is Method.MCNEMAR:
        by_group = first.group_right[0] - second.group_right[0]
        evidence = replace(evidence, p_value=sign_flip_p_value(by_group))
    return evidence


def _test_set_test(first: Outcomes, difference: float, parts: DifferenceVariance) -> Evidence:
    """Test the claim that answers for the seeds alone."""
    method = _NARROW[parts.method]
    variance = parts.careful
    if variance is None or parts.sides is None:
        return Evidence(method, difference, None)
    if variance.value:
        return Evidence.by_t(method, difference, variance)
    if not parts.sides:
        return Evidence(method, difference, 0.0 if difference else 1.0, EXACT, inf)
    # No trial differs from another of its model: t has nothing to go by, and ranks must do.
    trials = [side.trials for side in parts.sides]
    p_value = permutation_p_value(*trials) if len(trials) > 1 else sign_test_p_value(*trials)
    number = min(trials) * len(first.labels)
    return Evidence(method, difference, p_value if difference else 1.0, variance, number)


def _fewest(settled: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest number from which on a growing condition holds; None if none does."""
    if least > most or not settled(most):
        return None
    return least + bisect_left(range(least, most), True, key=settled)
