"""Outcomes made of others: a mean over conditions, and what is lost from one set to another.

Both are scores by image, so that intervals and comparisons come from the same code as those of
right and wrong predictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.types import Groups
from digitbench.types.test_sets import Positions

Scores = NDArray[np.float64]


def scored(like: Outcomes, scores: Scores, groups: Groups | None) -> Outcomes:
    """Return outcomes of scores.

    Args:
        like: whose trials they are of.
        scores: of each image in each trial, `(n_trials, n_images)`.
        groups: of the images.
    """
    return replace(
        like,
        rows=np.empty((len(like.trials), 0), np.uint8),
        labels=np.empty(0, np.uint8),
        groups=groups,
        scores=scores,
    )


def mean_over(conditions: Sequence[Outcomes], weights: Sequence[float] | None = None) -> Outcomes:
    """Return one model's mean over conditions that show the same images, image by image.

    Args:
        conditions: the model's outcomes on each, of the same trials.
        weights: of the conditions; None for equal ones that sum to 1.
    """
    first = conditions[0]
    given = weights or [1 / len(conditions)] * len(conditions)
    scores = np.zeros(first.matrix.shape)
    for condition, weight in zip(conditions, given, strict=True):
        np.add(scores, weight, out=scores, where=condition.correct)
    return scored(first, scores, first.groups)


def lost_in_pairs(before: Outcomes, after: Outcomes, positions: Positions) -> Outcomes:
    """Return what a model loses on images that were made of test images, image by image.

    Args:
        before: its outcomes on the test images.
        after: those on the images made of them, of the same trials.
        positions: from which test image each of them was made.
    """
    scores = before.matrix[:, positions].astype(np.float64) - after.matrix
    return scored(after, scores, after.groups)


def lost_apart(before: Outcomes, after: Outcomes) -> Outcomes:
    """Return what a model loses from the test images to others; the mean score is the loss.

    Both are samples of their own: each has its strata, and no group is in both. Where both have the
    same strata, the test images count as if as many of them were of each as of the others.

    Args:
        before: its outcomes on the test images.
        after: those on the other images, of the same trials.
    """
    images = before.images + after.images
    weights = shares_as(before, after) * images
    parts = (before.matrix * weights, after.matrix * (-images / after.images))
    return scored(after, np.concatenate(parts, axis=1), _side_by_side(before, after))


def shares_as(before: Outcomes, after: Outcomes) -> NDArray[np.float64]:
    """Return weights of images, which sum to 1, that give their strata the shares of others'.

    Equal weights where the strata are not the same.
    """
    ours, theirs = before.groups, after.groups
    if ours is None or theirs is None or {*ours.stratum_names} != {*theirs.stratum_names}:
        return np.full(before.images, 1 / before.images)
    there = np.bincount(theirs.strata, minlength=len(theirs.stratum_names)) / after.images
    share = dict(zip(theirs.stratum_names, there.tolist(), strict=True))
    here = np.bincount(ours.strata, minlength=len(ours.stratum_names))
    each = [
        share[name] / max(count, 1)
        for name, count in zip(ours.stratum_names, here.tolist(), strict=True)
    ]
    weights: NDArray[np.float64] = np.asarray(each)[ours.strata]
    return weights


def _side_by_side(one: Outcomes, other: Outcomes) -> Groups:
    """Return the groups of two samples of images, which have no group and no stratum in common."""
    first, second = one.sampling, other.sampling
    strata = [found.stratum_of_group[found.group_of_image] for found in (first, second)]
    strata[1] = strata[1] + strata[0].max() + 1
    together = np.concatenate(strata).astype(np.int32)
    names = {found.name or "image" for found in (first, second)}
    return Groups(
        names.pop() if len(names) == 1 else "group",
        np.concatenate((first.group_of_image, second.group_of_image + first.groups)).astype(
            np.int32
        ),
        together,
        tuple(str(number) for number in range(int(together.max()) + 1)),
    )


def by_label(models: Sequence[Outcomes]) -> Mapping[str, Outcomes]:
    """Return outcomes by the label of their model."""
    return {model.label: model for model in models}
