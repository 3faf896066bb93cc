"""How alike the outcomes of images of one group are, and what that does to the test set's error."""

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.group_layout import GroupLayout
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.variance import variance_over_groups


def design_effect(model: Outcomes) -> float | None:
    """Return how many times larger groups make the variance that the test set gives a mean.

    Both variances are of images or groups within the strata, and without what trials give.
    """
    sampling, trials = model.sampling, len(model.trials)
    by_group = variance_over_groups(model.group_totals, trials, model.variance.of_groups, sampling)
    images = model.image_accuracy
    strata = sampling.stratum_of_group[sampling.group_of_image]
    by_image = 0.0
    for stratum in range(int(strata.max()) + 1):
        values = images[strata == stratum]
        if len(values) > 1:
            by_image += float(values.var(ddof=1)) * len(values) / len(images) ** 2
    by_image -= model.variance.of_rest
    if by_group is None or by_image <= 0 or not by_group.value:
        return None
    return by_group.value / by_image


def intraclass_correlation(model: Outcomes) -> float | None:
    """Return how alike the outcomes of two images of one group in one trial are, in its stratum.

    The variance between groups over all variance within strata. Both are estimated in each stratum
    for itself, since errors vary more where they are more frequent, and strata weigh as their
    images do; trials are averaged. A stratum of one group, or of groups of one image, tells
    nothing and is left out.

    Returns:
        0 if groups do not matter, 1 if a group's images are all right or all wrong; estimates may
        be a little below 0. None where no stratum tells anything or nothing varies.

    Raises:
        UsageError: no groups of the test images are known.
    """
    layout = GroupLayout.of(model)
    wrong, sizes = layout.sums(~model.correct), layout.sizes.astype(np.float64)
    between = total = 0.0
    for stratum in np.unique(layout.strata):
        there = layout.strata == stratum
        found = _components(wrong[:, there], sizes[there])
        if found is not None:
            between += float(sizes[there].sum()) * found[0]
            total += float(sizes[there].sum()) * sum(found)
    return between / total if total > 0 else None


def _components(
    wrong: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Return the variance between and within the groups of a stratum; None if not known.

    The estimator of the analysis of variance for groups of unequal size (Donner 1986).

    Args:
        wrong: errors of each group in each trial, `(n_trials, n_groups)`.
        sizes: images of each group, `(n_groups,)`.
    """
    groups, images = len(sizes), float(sizes.sum())
    if groups in (1, images):
        return None
    means = wrong / sizes
    rates = wrong.sum(axis=1, keepdims=True) / images
    between = float((sizes * (means - rates) ** 2).sum(axis=1).mean()) / (groups - 1)
    within = float((wrong * (1 - means)).sum(axis=1).mean()) / (images - groups)
    typical = (images - float((sizes**2).sum()) / images) / (groups - 1)
    return (between - within) / typical, within
