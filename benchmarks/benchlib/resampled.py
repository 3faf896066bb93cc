"""Real models on test sets drawn anew from the writers, or the images, of a stored run's test set.

The population is the stored test set itself: its writers, in their series, with the digits that
each wrote. What is true of it is known, so that intervals of samples can be compared with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import hypot

import numpy as np
from numpy.typing import NDArray

from benchlib.writer_studies import ways
from digitbench.analysis.comparison import compare, compare_pairs
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import Groups

Images = NDArray[np.int64]
Interval = tuple[float, float] | None
_TWO = 2


@dataclass(frozen=True)
class Estimate:
    """A figure of a sample.

    Attributes:
        value: the figure.
        interval: its 95 % interval.
    """

    value: float
    interval: Interval

    def holds(self, truth: float) -> bool:
        """Tell whether the interval holds the truth."""
        return self.interval is not None and self.interval[0] <= truth <= self.interval[1]

    def agrees(self, other: "Estimate") -> bool:
        """Tell whether the difference from another sample's figure is within its 95 % interval.

        The interval of a difference of independent estimates follows from theirs (Zou & Donner
        2008): each side is as wide as the two sides that face each other, squared and added.
        """
        low, high = (self, other) if self.value <= other.value else (other, self)
        if low.interval is None or high.interval is None:
            return False
        room = hypot(low.interval[1] - low.value, high.value - high.interval[0])
        return high.value - low.value <= room


def one_trial_each(models: Sequence[Outcomes]) -> list[Outcomes]:
    """Return each model's first trial, taken for a deterministic model: one training, as it is."""
    return [
        replace(
            model,
            planned=model.planned.model_copy(update={"deterministic": True}),
            trials=model.trials[:1],
            rows=model.rows[:1],
        )
        for model in models
    ]


def new_trials(rng: np.random.Generator, models: Sequence[Outcomes]) -> list[Outcomes]:
    """Draw each model's trials with replacement; models of one name and their seeds together."""
    drawn: dict[str, NDArray[np.int64]] = {}
    found = []
    for model in models:
        count = len(model.trials)
        rows = drawn.get(model.planned.name)
        if rows is None or len(rows) != count:
            rows = rng.integers(count, size=count)
            drawn[model.planned.name] = rows
        found.append(replace(model, rows=model.predictions[rows]))
    return found


def new_writers(rng: np.random.Generator, groups: Groups) -> tuple[Images, Groups]:
    """Draw as many writers as there are in each series, with replacement.

    Returns:
        The places of their images, and the groups of those, in which each draw is a writer.
    """
    chosen = [
        writers[rng.integers(len(writers), size=len(writers))] for writers in by_series(groups)
    ]
    members = images_of(groups)
    images = [members[writer] for writers in chosen for writer in writers]
    numbers = np.repeat(np.arange(len(images)), [len(found) for found in images])
    places = np.concatenate(images)
    drawn = Groups(
        groups.name, numbers.astype(np.int32), groups.strata[places], groups.stratum_names
    )
    return places, drawn


def half_of_writers(rng: np.random.Generator, groups: Groups) -> NDArray[np.bool_]:
    """Return which images are by a random half of the writers of each series, `(n_images,)`."""
    chosen = [rng.permutation(writers)[: len(writers) // _TWO] for writers in by_series(groups)]
    return np.isin(groups.numbers, np.concatenate(chosen))


def half_of_images(rng: np.random.Generator, groups: Groups) -> NDArray[np.bool_]:
    """Return a random half of the images of each series, `(n_images,)`."""
    half = np.zeros(len(groups), np.bool_)
    for series in np.unique(groups.strata):
        images = rng.permutation(np.flatnonzero(groups.strata == series))
        half[images[: len(images) // _TWO]] = True
    return half


def by_series(groups: Groups) -> list[NDArray[np.int32]]:
    """Return the writers of each series."""
    return [
        np.unique(groups.numbers[groups.strata == series]) for series in np.unique(groups.strata)
    ]


def images_of(groups: Groups) -> dict[int, Images]:
    """Return the places of each writer's images."""
    order = np.argsort(groups.numbers, kind="stable")
    writers, starts = np.unique(groups.numbers[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {int(writer): part for writer, part in zip(writers, parts, strict=True)}


def only(model: Outcomes, images: Images | NDArray[np.bool_], groups: Groups | None) -> Outcomes:
    """Return a model's outcomes on some of the images, or on some of them several times."""
    return replace(
        model,
        rows=model.predictions[:, images],
        labels=model.labels[images],
        groups=groups,
    )


def estimates(models: Sequence[Outcomes]) -> dict[str, Estimate]:
    """Return the accuracy of each model, and the difference of each pair taken by itself."""
    found = {}
    for model in models:
        sure = uncertainty(model)
        found[model.label] = Estimate(sure.mean, sure.interval)
    for one, other in combinations(models, 2):
        (pair,) = compare_pairs([(one, other)])
        found[pair_name(one, other)] = _turned(
            Estimate(pair.difference, pair.population.interval), pair.first is not one
        )
    return found


def pair_name(one: Outcomes, other: Outcomes) -> str:
    """Return the name of a pair's difference among `estimates`."""
    return f"{one.label} - {other.label}"


def truths(models: Sequence[Outcomes]) -> dict[str, float]:
    """Return what `estimates` are to find, from the whole population."""
    found = {model.label: model.accuracy for model in models}
    for one, other in combinations(models, 2):
        found[pair_name(one, other)] = one.accuracy - other.accuracy
    return found


def _turned(estimate: Estimate, turned: bool) -> Estimate:
    if not turned:
        return estimate
    interval = estimate.interval
    return Estimate(-estimate.value, interval and (-interval[1], -interval[0]))


@dataclass(frozen=True)
class Tally:
    """How often something came out well, by way and figure.

    Attributes:
        shares: by way (`grouped`, `plain`) and figure, a fraction.
        families: by way, how often the intervals of all pairs, taken together, hold the truth.
    """

    shares: dict[str, dict[str, float]]
    families: dict[str, float]


def resample(
    rng: np.random.Generator, models: Sequence[Outcomes], runs: int, *, trials: bool
) -> Tally:
    """Draw test sets of new writers, and count intervals that hold the truth.

    Args:
        rng: source of all chance.
        models: with groups, on one test set.
        runs: how many test sets.
        trials: whether the trials are drawn anew too.
    """
    known, groups = truths(models), groups_of(models)
    counts: dict[str, dict[str, float]] = {}
    families: dict[str, float] = {}
    for _ in range(runs):
        places, drawn = new_writers(rng, groups)
        sample = new_trials(rng, models) if trials else models
        sample = [only(model, places, drawn) for model in sample]
        for way, seen in ways(sample).items():
            tally = counts.setdefault(way, dict.fromkeys(known, 0.0))
            for name, estimate in estimates(seen).items():
                tally[name] += estimate.holds(known[name]) / runs
            families[way] = families.get(way, 0.0) + _family_holds(seen, known) / runs
    return Tally(counts, families)


def _family_holds(models: Sequence[Outcomes], known: dict[str, float]) -> bool:
    """Tell whether the intervals of all pairs, compared as one family, hold the truth."""
    for pair in compare(models).pairs:
        truth = known[pair.first.label] - known[pair.second.label]
        if not Estimate(pair.difference, pair.population.interval).holds(truth):
            return False
    return True


def split_halves(
    rng: np.random.Generator, models: Sequence[Outcomes], runs: int, *, by_writers: bool
) -> Tally:
    """Split the test set in halves, and count figures that agree within their 95 %.

    Args:
        rng: source of all chance.
        models: with groups, on one test set.
        runs: how many splits.
        by_writers: whether all digits of a writer are in the same half.
    """
    groups = groups_of(models)
    split = half_of_writers if by_writers else half_of_images
    counts: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        half = split(rng, groups)
        halves = [
            ways([only(model, images, groups.part(images)) for model in models])
            for images in (half, ~half)
        ]
        for way in halves[0]:
            first, second = (estimates(found[way]) for found in halves)
            tally = counts.setdefault(way, dict.fromkeys(first, 0.0))
            for name, estimate in first.items():
                tally[name] += estimate.agrees(second[name]) / runs
    return Tally(counts, {})


def groups_of(models: Sequence[Outcomes]) -> Groups:
    """Return the groups that models have in common.

    Raises:
        ValueError: they have none.
    """
    groups = models[0].groups
    if groups is None:
        raise ValueError("the models have no groups")
    return groups
