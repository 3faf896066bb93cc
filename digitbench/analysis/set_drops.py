"""What each model loses from the test images to a further test set, and how sure that is.

Images that were made of test images are set against these, one by one. Others are a sample of their
own: the variances of both add up. Where both come in the same strata, such as NIST's series, like
is set against like: only strata that both have, with the set's shares. Trials are the same on both
sides, and what a trial gains or loses on both cancels out. The variance is that of `variance.py`,
of the loss in place of accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbench.analysis.comparison import compare_pairs
from digitbench.analysis.difference_variance import mean_variance
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.scores import by_label, lost_apart, lost_in_pairs
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.significance import Evidence, sign_test_p_value
from digitbench.analysis.summary import CONFIDENCE
from digitbench.types import Groups
from digitbench.types.test_sets import Positions

_FEWEST_GROUPS = 2


@dataclass(frozen=True, eq=False)
class Drop:
    """What a model loses from the test images to others; fractions.

    Attributes:
        before: its accuracy on the test images that are compared, over the trials that have
            predictions of both: those that the others were made of, or those of `strata`.
        after: that on the others, or on those of them in `strata`.
        lost: the loss by image (`digitbench.analysis.scores`).
        paired: whether the other images were made of test images.
        interval: 95 % interval of `drop`, for further trials and images; None where the spread over
            trials is not known, or the other images are of a single group.
        p_value: two-sided, of there being no loss and no gain; None likewise.
        strata: what both are made of, where others are left out; empty where nothing is.
    """

    before: float
    after: float
    lost: Outcomes
    paired: bool
    interval: tuple[float, float] | None
    p_value: float | None
    strata: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The model's label."""
        return self.lost.label

    @property
    def drop(self) -> float:
        """The accuracy on the test images less that on the others."""
        return self.lost.accuracy

    @property
    def error_ratio(self) -> float | None:
        """How many times the error on the test images that on the others is; None for 0 errors."""
        return (1 - self.after) / (1 - self.before) if self.before < 1 else None


def drops_of(found: ConditionAnalysis | SetAnalysis, test: Sequence[Outcomes]) -> tuple[Drop, ...]:
    """Return what each model loses on a condition, or on the mean over those of a set, by plan.

    Empty where that is no loss: the images are test images, or the mean has no interval.

    Args:
        found: the condition, or the set.
        test: outcomes on the test images, of all models.
    """
    if isinstance(found, SetAnalysis):
        if found.of_test or not found.models:
            return ()
        positions = found.conditions[0].positions
    elif found.planned.of_test:
        return ()
    else:
        positions = found.positions
    before = by_label(test)
    return tuple(drop_of(before[after.label], after, positions) for after in found.models)


def drop_of(before: Outcomes, after: Outcomes, positions: Positions | None) -> Drop:
    """Return what one model loses from the test images to others.

    Args:
        before: its outcomes on the test images.
        after: those on the others; trials without any are left out.
        positions: from which test image each of the others was made; None if they are others.
    """
    before = before.of_trials({trial.spec.trial for trial in after.trials})
    strata: tuple[str, ...] = ()
    if positions is None:
        before, after, strata = _like_with_like(before, after)
        lost = lost_apart(before, after)
        is_known = min(before.sampling.groups, after.sampling.groups) >= _FEWEST_GROUPS
    else:
        lost = lost_in_pairs(before, after, positions)
        is_known = True
    evidence = evidence_of(lost) if is_known else None
    return Drop(
        before=after.accuracy + lost.accuracy,
        after=after.accuracy,
        lost=lost,
        paired=positions is not None,
        interval=None if evidence is None else evidence.interval(1 - CONFIDENCE),
        p_value=None if evidence is None else evidence.p_value,
        strata=strata,
    )


def _like_with_like(
    before: Outcomes, after: Outcomes
) -> tuple[Outcomes, Outcomes, tuple[str, ...]]:
    """Return both cut down to the strata that both have, and these; as they are if none is."""
    ours, theirs = before.groups, after.groups
    if ours is None or theirs is None or ours.name != theirs.name:
        return before, after, ()
    common = [name for name in _strata(ours) if name in _strata(theirs)]
    if not common or {*common} == {*ours.stratum_names} == {*theirs.stratum_names}:
        return before, after, ()
    return _cut(before, ours, common), _cut(after, theirs, common), tuple(common)


def _strata(groups: Groups) -> list[str]:
    """Return the strata that have groups enough to tell how these vary."""
    counts = groups.stratum_counts.tolist()
    return [
        name
        for name, count in zip(groups.stratum_names, counts, strict=True)
        if count >= _FEWEST_GROUPS
    ]


def _cut(outcomes: Outcomes, groups: Groups, strata: Sequence[str]) -> Outcomes:
    """Return the outcomes of the images in some strata, which are numbered anew."""
    new = [strata.index(name) if name in strata else -1 for name in groups.stratum_names]
    number = np.asarray(new, np.int32)[groups.strata]
    kept = number >= 0
    cut = Groups(groups.name, groups.numbers[kept], number[kept], tuple(strata))
    return replace(outcomes.of_images(kept), groups=cut)


def compare_drops(drops: Sequence[Drop], level: float = 1 - CONFIDENCE) -> list[Pair]:
    """Compare what every two models lose; `Pair.first` is the one that loses more.

    Args:
        drops: of the models, on the same images.
        level: of the family of all pairs.
    """
    ordered = sorted(drops, key=lambda drop: -drop.drop)
    pairs = [(one.lost, other.lost) for i, one in enumerate(ordered) for other in ordered[i + 1 :]]
    return compare_pairs(pairs, level)


def evidence_of(scored: Outcomes) -> Evidence:
    """Test whether a mean score is 0, for further trials and images."""
    variance = mean_variance(scored)
    total = variance.total(careful=False)
    mean = scored.accuracy
    method = variance.method
    if variance.sides is None:
        return Evidence(method, mean, None)
    if total is None:
        return Evidence(method, mean, 1.0)
    if total.value:
        return Evidence.by_t(method, mean, total)
    groups = scored.sampling.groups
    return Evidence(method, mean, sign_test_p_value(groups) if mean else 1.0, total, groups)
