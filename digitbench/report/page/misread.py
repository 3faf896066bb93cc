"""Who is misread: errors by writer, or by whatever groups the test images come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.groups import (
    GroupErrors,
    Misread,
    group_differences,
    misread,
)
from digitbench.report import formatting
from digitbench.report.misread_words import (
    DEFINITIONS,
    chance_sentence,
    concentration_sentence,
    count,
    errors_of_strata,
    group_title,
    strata_sentence,
    strata_words,
    times_as_many,
)
from digitbench.report.page.gallery import Card, Changed, card_of, mistaken
from digitbench.report.page.models import Model
from digitbench.report.page.scales import Scale, linear, places
from digitbench.report.page.sprite import Sprite

_GROUPS = 5
"""Groups that are shown one by one, at most."""
_DIGITS, _CARDS = 10, 6
"""Digits of a group that one model misreads, or on which two differ, at most."""
_POINTS = 120
"""Points of a line, at most; the first groups have one each."""
_EACH = 40


@dataclass(frozen=True)
class MisreadRow:
    """A model's figures, as they are written.

    Attributes:
        model: the model.
        strata: its errors by stratum, in percent.
        ratio: the highest over the lowest; empty for one stratum.
        worst, worst_by_chance: the share of the errors that the worst tenth makes, in percent.
        without, without_by_chance: groups without an error.
        design_effect, correlation: how much groups matter.
    """

    model: Model
    strata: tuple[str, ...]
    ratio: str
    worst: str
    worst_by_chance: str
    without: str
    without_by_chance: str
    design_effect: str
    correlation: str


@dataclass(frozen=True, eq=False)
class GroupsPlot:
    """The errors of a model's groups, the worst first.

    Attributes:
        model: the model.
        x, y: the axes: the groups' places, and errors in a trial.
        errors, by_chance: polylines in a square of 100, y downwards.
        words: the plot in words; `values`: each point of `errors` in words.
    """

    model: Model
    x: Scale
    y: Scale
    errors: str
    by_chance: str
    words: str
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class WorstGroup:
    """A group that a model misreads often: what it is, and digits of it."""

    heading: str
    detail: str
    shown: tuple[Changed, ...]


@dataclass(frozen=True, eq=False)
class DifferingGroup:
    """A group on which two models differ: what it is, and digits on which they do."""

    heading: str
    detail: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, eq=False)
class MisreadSection:
    """The section.

    Attributes:
        name: what a group is, such as `writer`.
        made_of: what the test set is made of, in words.
        sentences: what is most important of the best model.
        headings: of the columns of errors by stratum.
        rows: a model each, the best first.
        definitions: what the columns are.
        plots: a model each.
        best: the best model; `worst`: the groups that it misreads most.
        chance: how many errors its worst group would have by chance, in words.
        second: the second best; None for one model.
        differing: the groups on which these two differ most.
    """

    name: str
    made_of: str
    sentences: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[MisreadRow, ...]
    definitions: str
    plots: tuple[GroupsPlot, ...]
    best: Model
    worst: tuple[WorstGroup, ...]
    chance: str
    second: Model | None
    differing: tuple[DifferingGroup, ...]

    @property
    def title(self) -> str:
        """The section's name."""
        return f"Errors by {self.name}"


def misread_section(models: Sequence[Model], sprite: Sprite) -> MisreadSection | None:
    """Return the section; None where it is not known which test images belong together.

    Args:
        models: at least one, the best first, each with a trial that succeeded.
        sprite: collects the digits that are shown.
    """
    if models[0].succeeded.outcomes.groups is None:
        return None
    all_found = [misread(model.succeeded.outcomes) for model in models]
    best, found = models[0], all_found[0]
    second = models[1] if len(models) > 1 else None
    return MisreadSection(
        name=found.name,
        made_of=strata_words(found),
        sentences=(
            *filter(None, (strata_sentence(best.label, found),)),
            concentration_sentence(best.label, found),
        ),
        headings=tuple(heading for heading, _ in errors_of_strata(found)),
        rows=tuple(_row(model, one) for model, one in zip(models, all_found, strict=True)),
        definitions=DEFINITIONS.format(name=found.name),
        plots=tuple(_plot(model, one) for model, one in zip(models, all_found, strict=True)),
        best=best,
        worst=tuple(
            _worst(best, found.name, group, sprite)
            for group in found.groups[:_GROUPS]
            if group.wrong
        ),
        chance=chance_sentence(found),
        second=second,
        differing=() if second is None else _differing(best, second, found.name, sprite),
    )


def _row(model: Model, found: Misread) -> MisreadRow:
    part = found.concentration
    return MisreadRow(
        model=model,
        strata=tuple(error for _, error in errors_of_strata(found)),
        ratio=times_as_many(found) if len(found.strata) > 1 else "",
        worst=formatting.whole_percent(part.share),
        worst_by_chance=formatting.whole_percent(part.by_chance),
        without=f"{part.without_errors:.0f}",
        without_by_chance=f"{part.without_errors_by_chance:.0f}",
        design_effect=formatting.figure(found.design_effect, 2),
        correlation=formatting.figure(found.correlation, 3),
    )


def _plot(model: Model, found: Misread) -> GroupsPlot:
    part = found.concentration
    x = places(len(part.errors))
    highest = max(part.errors[0], part.errors_by_chance[0], 1.0)
    y = linear([0.0, highest], label=lambda value: f"{value:g}", about=4)
    name = found.name
    words = (
        f"{model.label}: the worst {name} of a trial has {count(part.errors[0])} errors, by chance "
        f"{count(part.errors_by_chance[0])}; {part.without_errors:.0f} {name}s have none, "
        f"by chance {part.without_errors_by_chance:.0f}"
    )
    return GroupsPlot(
        model=model,
        x=x,
        y=y,
        errors=_line(x, y, part.errors),
        by_chance=_line(x, y, part.errors_by_chance),
        words=words,
        values=tuple(f"{name} {i + 1}: {count(part.errors[i])}" for i in _kept(len(part.errors))),
    )


def _line(x: Scale, y: Scale, errors: Sequence[float]) -> str:
    kept = _kept(len(errors))
    return " ".join(f"{x.at(i + 1):g},{round(100 - y.at(errors[i]), 2):g}" for i in kept)


def _kept(groups: int) -> list[int]:
    """Return which groups a line has a point for: each of the worst, and some of the others."""
    every = max(1, -(-groups // (_POINTS - _EACH)))
    return sorted({*range(min(_EACH, groups)), *range(0, groups, every), groups - 1})


def _worst(model: Model, name: str, group: GroupErrors, sprite: Sprite) -> WorstGroup:
    shown = (mistaken(index, model, sprite) for index in group.wrong_images[:_DIGITS].tolist())
    return WorstGroup(
        heading=group_title(name, group),
        detail=(
            f"{count(group.wrong)} of {group.images} wrong, {count(group.expected)} if all were "
            "equally hard"
        ),
        shown=tuple(shown),
    )


def _differing(
    first: Model, second: Model, name: str, sprite: Sprite
) -> tuple[DifferingGroup, ...]:
    found = group_differences(first.succeeded.outcomes, second.succeeded.outcomes)
    return tuple(
        DifferingGroup(
            heading=group_title(name, group),
            detail=(
                f"of {group.images} digits {first.label} has {count(group.first_wrong)} wrong, "
                f"{second.label} {count(group.second_wrong)}"
            ),
            cards=tuple(
                card_of(index, (first, second), sprite)
                for index in group.changed_images[:_CARDS].tolist()
            ),
        )
        for group in found[:_GROUPS]
        if group.difference
    )
