"""How the training images of trials that do not get all of them are drawn, and the drawing."""

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from digitbench.datasets.validation import named_groups
from digitbench.errors import UsageError
from digitbench.types import (
    Dataset,
    Groups,
    Resampling,
    ResamplingMethod,
    Split,
    TrainingSample,
    Vary,
)

SUBSAMPLE_FRACTION = 0.5


def drawing_method(
    vary: Vary, resample: str | None, fraction: float | None
) -> ResamplingMethod | None:
    """Return whether training images are drawn with or without replacement; None if not at all.

    Args:
        vary: what differs between trials.
        resample: `bootstrap`, `subsample`, or whole groups, by their name; None for the default.
        fraction: how many of the images or groups are drawn, without replacement; None for the
            default.

    Raises:
        UsageError: they do not go together.
    """
    if vary == "seed":
        if resample is not None:
            raise UsageError("--resample draws training images anew: add --vary data or both")
        if fraction is not None:
            raise UsageError("--fraction is for --vary data or both with --resample subsample")
        return None
    if fraction is None:
        return "subsample" if resample == "subsample" else "bootstrap"
    if resample in {None, "bootstrap"}:
        raise UsageError("--fraction is for subsamples: add --resample subsample")
    if not 0 < fraction < 1:
        raise UsageError(f"--fraction {fraction:g} is not between 0 and 1: name a part, as 0.5")
    return "subsample"


def resampling(
    dataset: Dataset, train: Split, vary: Vary, resample: str | None, fraction: float | None
) -> Resampling | None:
    """Return how each trial's training images are to be drawn; None if it gets all of them.

    Args:
        dataset: the data set.
        train: those of its training images that are not held out.
        vary: as `drawing_method` has it, like the next two.
        resample: likewise.
        fraction: likewise.

    Raises:
        UsageError: they do not go together; there are no such groups or too few of them; or
            nothing would be drawn.
    """
    method = drawing_method(vary, resample, fraction)
    if method is None:
        return None
    share = 1.0
    if method == "subsample":
        share = SUBSAMPLE_FRACTION if fraction is None else fraction
    if resample not in {None, *get_args(ResamplingMethod)}:
        instead = "--resample bootstrap or subsample"
        named_groups(dataset, str(resample), f"--resample {resample}", instead)
        if train.groups is not None:
            return _of_groups(train.groups, method, share)
    drawn = Resampling(method=method, fraction=share)
    if drawn.size(len(train)) == 0:
        raise UsageError(f"--fraction {share:g} of {len(train):,} images is none")
    return drawn


def _of_groups(groups: Groups, method: ResamplingMethod, fraction: float) -> Resampling:
    """Return how whole groups are drawn.

    Raises:
        UsageError: a stratum has too few of them, or none or all would be drawn.
    """
    counts = {
        name: int(count)
        for name, count in zip(groups.stratum_names, groups.stratum_counts, strict=True)
        if count
    }
    for name, count in counts.items():
        if count == 1:
            raise UsageError(
                f"--resample {groups.plural}: '{name}' has one {groups.name}, which would be in "
                "every sample; use --resample bootstrap or subsample"
            )
        if method == "subsample" and not 0 < round(fraction * count) < count:
            raise UsageError(
                f"--fraction {fraction:g} of the {count:,} {groups.plural} of '{name}' is none or "
                "all: name another part"
            )
    return Resampling(
        method=method,
        fraction=fraction,
        groups=groups.plural,
        group_counts=tuple(counts.values()),
    )


def training_set(train: Split, sample: TrainingSample | None) -> Split:
    """Return the images that a trial is trained on.

    They keep the order they have in the data set, those drawn several times side by side. So a
    sample of all images is the data set itself, and what differs between samples is what they
    hold, not how it is arranged.

    Args:
        train: the run's training images.
        sample: which of them; None for all, which are then returned themselves.

    Raises:
        ValueError: the sample is of groups, and the images have none.
    """
    if sample is None:
        return train
    if sample.groups is None:
        return train.part(drawn_indices(len(train), sample))
    if train.groups is None:
        raise ValueError(f"{sample.groups} are to be drawn from images that have none")
    return train.part(drawn_with_groups(train.groups, sample))


def drawn_indices(images: int, sample: TrainingSample) -> NDArray[np.intp]:
    """Return which of so many images a sample holds, intp `(sample.size(images),)`, ascending."""
    return np.sort(_draw(np.random.default_rng(sample.seed), images, sample)).astype(np.intp)


def drawn_with_groups(groups: Groups, sample: TrainingSample) -> NDArray[np.intp]:
    """Return which images a sample of whole groups holds, intp, ascending.

    Each stratum gives as many groups as it has, or the fraction of them, so that samples differ in
    their groups alone. The number of images varies, because groups differ in size.
    """
    rng = np.random.default_rng(sample.seed)
    numbers, first, group = np.unique(groups.numbers, return_index=True, return_inverse=True)
    copies = np.zeros(len(numbers), np.intp)
    for stratum in np.unique(groups.strata):
        members = np.flatnonzero(groups.strata[first] == stratum)
        np.add.at(copies, members[_draw(rng, len(members), sample)], 1)
    return np.repeat(np.arange(len(groups)), copies[group])


def _draw(rng: np.random.Generator, there: int, sample: TrainingSample) -> NDArray[np.intp]:
    """Return positions among so many, drawn with or without replacement."""
    size = sample.size(there)
    if sample.method == "bootstrap":
        return rng.integers(0, there, size)
    return rng.choice(there, size, replace=False, shuffle=False)
