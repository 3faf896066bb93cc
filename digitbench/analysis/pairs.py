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

import scipy

from digitbench.analysis.difference_variance import DifferenceVariance, difference_of
from digitbench.analysis.outcomes import Outcomes
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
from digitbench.analysis.variance import EXACT, Variance

_MOST_TRIALS = 10_000
"""No more trials than so many are ever said to be needed."""
_MOST_GROUPS = 10**9
"""Nor more groups of images."""
_NO_DIFFERENCE = 1e-12
"""Means that are closer are equal: they are fractions of a few million at most."""
_OVER_GROUPS = {
    Method.MCNEMAR: Method.SIGN_FLIP,
    Method.COMPONENTS: Method.GROUP_COMPONENTS,
    Method.PAIRED_COMPONENTS: Method.PAIRED_GROUP_COMPONENTS,
    Method.CORRECTED_COMPONENTS: Method.CORRECTED_GROUP_COMPONENTS,
    Method.UNKNOWN: Method.UNKNOWN,
}
_ON_TEST_SET = {
    Method.COMPONENTS: Method.WELCH,
    Method.PAIRED_COMPONENTS: Method.PAIRED,
    Method.CORRECTED_COMPONENTS: Method.CORRECTED,
    Method.UNKNOWN: Method.UNKNOWN,
}


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
    is_other_ahead = other.accuracy - one.accuracy > _NO_DIFFERENCE
    first, second = (other, one) if is_other_ahead else (one, other)
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
    method = _ON_TEST_SET[parts.method] if parts.sides != () else Method.NO_CHANCE
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
    number = min(trials) * first.images
    return Evidence(method, difference, p_value if difference else 1.0, variance, number)


def _fewest(settled: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest number from which on a growing condition holds; None if none does."""
    if least > most or not settled(most):
        return None
    return least + bisect_left(range(least, most), True, key=settled)
