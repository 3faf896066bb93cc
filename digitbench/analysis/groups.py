"""Who is misread: the errors of a model by group of images, such as by writer.

Where errors come in clusters, a few groups make most of them. How far that goes beyond chance is
said by what would be seen if every image of a stratum were equally hard: the errors of a stratum
are then dealt out to its images at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.variance import variance_over_groups
from digitbench.errors import UsageError
from digitbench.types import Groups

WORST_SHARE = 0.1
"""The worst groups whose share of the errors is told: a tenth of all."""
_DRAWS = 1000
_SEED = 0


@dataclass(frozen=True)
class Stratum:
    """The errors in a stratum.

    Attributes:
        name: what it is called.
        groups: how many groups it has; `images`: how many images.
        error: the share of its predictions that is wrong, over all trials.
    """

    name: str
    groups: int
    images: int
    error: float


@dataclass(frozen=True, eq=False)
class GroupErrors:
    """The errors in a group.

    Attributes:
        number: the group's number in `Groups.numbers`.
        stratum: the name of its stratum.
        images: how many images it has.
        wrong: how many of them are wrong, a mean over trials.
        expected: how many would be if every image of the stratum were equally hard.
        wrong_images: the places in the test set of its images that some trial has wrong, those
            that most trials have wrong first, intp.
    """

    number: int
    stratum: str
    images: int
    wrong: float
    expected: float
    wrong_images: NDArray[np.intp]

    @property
    def error(self) -> float:
        """The share of its predictions that is wrong."""
        return self.wrong / self.images


@dataclass(frozen=True)
class Concentration:
    """How many of the errors the worst tenth of the groups makes.

    Attributes:
        groups: how many groups that is.
        share: of all errors, a mean over trials; None if there is none.
        by_chance: the same if every image of a stratum were equally hard, a mean of 1,000 draws;
            None likewise.
        without_errors: how many groups have no error, a mean over trials.
        without_errors_by_chance: the same by chance.
        errors: how many errors the worst group of a trial has, the second worst and so on; means
            over trials.
        errors_by_chance: the same by chance.
    """

    groups: int
    share: float | None
    by_chance: float | None
    without_errors: float
    without_errors_by_chance: float
    errors: tuple[float, ...]
    errors_by_chance: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Misread:
    """Who is misread by a model.

    Attributes:
        name: what a group is, such as `writer`.
        strata: in their order.
        groups: all of them, the one with the most errors beyond those expected first.
        concentration: how far a few groups make the errors.
        design_effect: the variance that the choice of groups gives the mean accuracy over what the
            choice of single images would; 1 where groups do not matter. None where a variance is
            0 or not known.
        correlation: of the outcomes of two images of one group in one trial, beyond their stratum
            (see `intraclass_correlation`); None likewise.
    """

    name: str
    strata: tuple[Stratum, ...]
    groups: tuple[GroupErrors, ...]
    concentration: Concentration
    design_effect: float | None
    correlation: float | None


@dataclass(frozen=True, eq=False)
class GroupDifference:
    """What two models make of a group.

    Attributes:
        number: the group's number in `Groups.numbers`.
        stratum: the name of its stratum.
        images: how many images it has.
        first_wrong, second_wrong: how many of them each model has wrong, means over trials.
        changed_images: the places in the test set of its images on which the models differ, those
            on which they differ most first, intp.
    """

    number: int
    stratum: str
    images: int
    first_wrong: float
    second_wrong: float
    changed_images: NDArray[np.intp]

    @property
    def difference(self) -> float:
        """How many more images the second has wrong; negative if fewer."""
        return self.second_wrong - self.first_wrong


def misread(model: Outcomes) -> Misread:
    """Say who is misread by a model.

    Raises:
        UsageError: no groups of its test images are known.
    """
    layout = _Layout.of(model)
    wrong = layout.sums(~model.correct)
    of_groups = wrong.mean(axis=0)
    shares = 1 - model.image_accuracy
    rates = layout.stratum_rates(of_groups)
    expected = layout.sizes * rates[layout.strata]
    groups = [
        GroupErrors(
            number=int(layout.numbers[place]),
            stratum=layout.stratum_names[layout.strata[place]],
            images=int(layout.sizes[place]),
            wrong=float(of_groups[place]),
            expected=float(expected[place]),
            wrong_images=_largest(shares, layout.group_of_image == place),
        )
        for place in np.argsort(expected - of_groups, kind="stable").tolist()
    ]
    return Misread(
        name=layout.name,
        strata=layout.described(rates),
        groups=tuple(groups),
        concentration=_concentration(layout, wrong),
        design_effect=design_effect(model),
        correlation=intraclass_correlation(model),
    )


def group_differences(first: Outcomes, second: Outcomes) -> tuple[GroupDifference, ...]:
    """Return what two models make of each group, the one where they differ most first.

    Raises:
        UsageError: no groups of their test images are known, or the data differ.
    """
    if first.dataset.fingerprint != second.dataset.fingerprint:
        raise UsageError(f"{first.label} and {second.label} are of different data")
    layout = _Layout.of(first)
    ours, theirs = (layout.sums(~model.correct).mean(axis=0) for model in (first, second))
    changes = np.abs(first.image_accuracy - second.image_accuracy)
    return tuple(
        GroupDifference(
            number=int(layout.numbers[place]),
            stratum=layout.stratum_names[layout.strata[place]],
            images=int(layout.sizes[place]),
            first_wrong=float(ours[place]),
            second_wrong=float(theirs[place]),
            changed_images=_largest(changes, layout.group_of_image == place),
        )
        for place in np.argsort(-np.abs(ours - theirs), kind="stable").tolist()
    )


def design_effect(model: Outcomes) -> float | None:
    """Return how many times larger groups make the variance that the test set gives a mean.

    Both variances are of images or groups within the strata, and without what trials give.
    """
    sampling, trials = model.sampling, len(model.trials)
    by_group = variance_over_groups(
        model.group_right.sum(axis=0), trials, model.variance.of_groups, sampling
    )
    images = model.correct.mean(axis=0, dtype=np.float64)
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
    layout = _Layout.of(model)
    wrong, sizes = layout.sums(~model.correct), layout.sizes.astype(np.float64)
    between = total = 0.0
    for stratum in np.unique(layout.strata):
        there = layout.strata == stratum
        found = _components(wrong[:, there], sizes[there])
        if found is not None:
            between += float(sizes[there].sum()) * found[0]
            total += float(sizes[there].sum()) * sum(found)
    return between / total if total > 0 else None


@dataclass(frozen=True, eq=False)
class _Layout:
    """The groups of a test set as they were given, no stratum merged.

    Attributes:
        name: what a group is.
        numbers: of the groups, `(n_groups,)`; `sizes`: their images; `strata`: their strata.
        group_of_image: the place of each image's group in these, `(n_images,)`.
        stratum_names: of all strata.
    """

    name: str
    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    strata: NDArray[np.int32]
    group_of_image: NDArray[np.intp]
    stratum_names: Sequence[str]

    @classmethod
    def of(cls, model: Outcomes) -> "_Layout":
        groups: Groups | None = model.groups
        if groups is None:
            raise UsageError(
                f"{model.dataset.name}: it is not known which test images belong together"
            )
        numbers, first, places, sizes = np.unique(
            groups.numbers, return_index=True, return_inverse=True, return_counts=True
        )
        strata = groups.strata[first]
        return cls(groups.name, numbers, sizes, strata, places, groups.stratum_names)

    def sums(self, matrix: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sums of `(n_trials, n_images)` over each group's images."""
        count = len(self.numbers)
        rows = [np.bincount(self.group_of_image, row, count) for row in matrix]
        return np.stack(rows)

    def stratum_rates(self, wrong: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of each stratum's images that is wrong; 0 for one without images."""
        count = len(self.stratum_names)
        images = np.bincount(self.strata, self.sizes, count)
        rates: NDArray[np.float64] = np.bincount(self.strata, wrong, count) / np.maximum(images, 1)
        return rates

    def described(self, rates: NDArray[np.float64]) -> tuple[Stratum, ...]:
        """Describe the strata that have images."""
        groups = np.bincount(self.strata, minlength=len(self.stratum_names))
        images = np.bincount(self.strata, self.sizes, len(self.stratum_names))
        return tuple(
            Stratum(name, int(groups[i]), int(images[i]), float(rates[i]))
            for i, name in enumerate(self.stratum_names)
            if groups[i]
        )


def _largest(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the places of the chosen values that are not 0, the largest first."""
    places = np.flatnonzero(chosen & (values > 0))
    order: NDArray[np.intp] = places[np.argsort(-values[places], kind="stable")]
    return order


def _concentration(layout: _Layout, wrong: NDArray[np.float64]) -> Concentration:
    """Say how far a few groups make the errors of each trial, `(n_trials, n_groups)`."""
    most = max(1, ceil(WORST_SHARE * len(layout.numbers)))
    drawn = _by_chance(layout, wrong)
    return Concentration(
        groups=most,
        share=_share_of_worst(wrong, most),
        by_chance=_share_of_worst(drawn, most),
        without_errors=float((wrong == 0).sum(axis=1).mean()),
        without_errors_by_chance=float((drawn == 0).sum(axis=1).mean()),
        errors=_by_place(wrong),
        errors_by_chance=_by_place(drawn),
    )


def _by_place(wrong: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the errors of the worst group of a row, the second worst and so on; means."""
    return tuple(np.sort(wrong, axis=1)[:, ::-1].mean(axis=0).tolist())


def _share_of_worst(wrong: NDArray[np.float64], most: int) -> float | None:
    """Return which share of the errors the worst groups make, a mean over rows with errors."""
    totals = wrong.sum(axis=1)
    worst = np.sort(wrong, axis=1)[:, -most:].sum(axis=1)
    if not totals.any():
        return None
    return float((worst[totals > 0] / totals[totals > 0]).mean())


def _by_chance(layout: _Layout, wrong: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deal the errors of each trial out at random among the images of their stratum."""
    rng = np.random.default_rng(_SEED)
    trials = len(wrong)
    draws = ceil(_DRAWS / trials)
    drawn = np.zeros((trials, draws, wrong.shape[1]))
    for stratum in np.unique(layout.strata):
        there = np.flatnonzero(layout.strata == stratum)
        for trial, count in enumerate(wrong[:, there].sum(axis=1)):
            drawn[trial][:, there] = rng.multivariate_hypergeometric(
                layout.sizes[there], int(count), draws
            )
    return drawn.reshape(-1, wrong.shape[1])


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
