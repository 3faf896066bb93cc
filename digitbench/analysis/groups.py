"""Who is misread: the errors of a model by group of images, such as by writer.

What is beyond chance is told by what would be seen if every image of a stratum were equally hard.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.clustering import design_effect, intraclass_correlation
from digitbench.analysis.concentration import Concentration, concentration
from digitbench.analysis.group_layout import GroupLayout, Stratum
from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError


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
    layout = GroupLayout.of(model)
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
        concentration=concentration(layout, wrong),
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
    layout = GroupLayout.of(first)
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


def _largest(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the places of the chosen values that are not 0, the largest first."""
    places = np.flatnonzero(chosen & (values > 0))
    order: NDArray[np.intp] = places[np.argsort(-values[places], kind="stable")]
    return order
