"""Who is misread, in words and figures that the terminal and the page share."""

from digitbench.analysis.group_layout import Stratum
from digitbench.analysis.groups import GroupDifference, GroupErrors, Misread
from digitbench.report import formatting
from digitbench.types import Groups

_MANY_STRATA = 4
"""With more strata than so many, the ones with the lowest and the highest error are told."""

_ONLY_STRATUM = Groups.stratum_names[0]
"""What the stratum is called where there is one."""

DEFINITIONS = (
    "Ratio: the highest error over the lowest. Worst tenth: the share of a model's errors that the "
    "tenth of the {name}s with the most errors makes. By chance: the same if every image of a "
    "stratum were equally hard. Design effect: how many times larger the choice of {name}s makes "
    "the variance of the accuracy. ICC (intraclass correlation): how alike the outcomes of two "
    "images of one {name} are."
)


def strata_words(found: Misread) -> str:
    """Say what the test set is made of: `297 writers; hsf 0: 48 writers, 4,999 images; ...`."""
    number = _so_many(len(found.groups), found.name)
    if len(found.strata) == 1:
        return f"{number}, {_so_many(found.strata[0].images, 'image')}"
    if len(found.strata) > _MANY_STRATA:
        return f"{number} in {len(found.strata)} strata"
    each = (
        f"{one.name}: {_so_many(one.groups, found.name)}, {_so_many(one.images, 'image')}"
        for one in found.strata
    )
    return "; ".join((number, *each))


def strata_sentence(label: str, found: Misread) -> str:
    """Say how many times more errors the hardest stratum has; empty if there is nothing to say."""
    low, high = _extremes(found)
    if low is high or not high.error:
        return ""
    if not low.error:
        return (
            f"{label} has {formatting.percent(high.error)} % of errors on {high.name} and none on "
            f"{low.name}."
        )
    return (
        f"{label} has {high.error / low.error:.1f} times as many errors on {high.name} "
        f"({formatting.percent(high.error)} %) as on {low.name} "
        f"({formatting.percent(low.error)} %)."
    )


def concentration_sentence(label: str, found: Misread) -> str:
    """Say which share of the errors the worst tenth of the groups makes."""
    part = found.concentration
    if part.share is None or part.by_chance is None:
        return f"{label} has no error."
    makes = "makes" if part.groups == 1 else "make"
    return (
        f"{label}: {part.groups} of the {_so_many(len(found.groups), found.name)} {makes} "
        f"{formatting.whole_percent(part.share)} % of the errors; by chance it would be "
        f"{formatting.whole_percent(part.by_chance)} %."
    )


def group_title(name: str, group: GroupErrors | GroupDifference) -> str:
    """Name a group, with its stratum if the data set has several: `Writer 340, hsf 0`."""
    title = f"{name.capitalize()} {group.number}"
    return title if group.stratum == _ONLY_STRATUM else f"{title}, {group.stratum}"


def chance_sentence(found: Misread) -> str:
    """Say how many errors the worst group would have by chance."""
    part = found.concentration
    return (
        f"In a trial, the worst {found.name} has {count(part.errors[0])} errors; by chance it "
        f"would have {count(part.errors_by_chance[0])}."
    )


def errors_of_strata(found: Misread) -> list[tuple[str, str]]:
    """Return what stands above each column of errors by stratum, and the error in percent.

    That is each stratum, or the lowest and the highest error where there are many.
    """
    if len(found.strata) == 1:
        return [("Error", formatting.percent(found.strata[0].error))]
    if len(found.strata) <= _MANY_STRATA:
        return [(one.name, formatting.percent(one.error)) for one in found.strata]
    low, high = _extremes(found)
    return [
        (heading, f"{formatting.percent(one.error)} ({one.name})")
        for heading, one in (("Lowest", low), ("Highest", high))
    ]


def times_as_many(found: Misread) -> str:
    """Write the highest error of a stratum over the lowest."""
    low, high = _extremes(found)
    return f"{high.error / low.error:.2f}" if low.error else formatting.ABSENT


def count(errors: float) -> str:
    """Write a number of errors that may be a mean: `12`, `4.2`, `0.03`."""
    if errors == round(errors):
        return f"{errors:,.0f}"
    return f"{errors:.1f}" if errors >= 0.1 else f"{errors:.2f}"  # noqa: PLR2004


def _extremes(found: Misread) -> tuple[Stratum, Stratum]:
    """Return the strata with the lowest and the highest error."""
    ordered = sorted(found.strata, key=lambda stratum: stratum.error)
    return ordered[0], ordered[-1]


def _so_many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
