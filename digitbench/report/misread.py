"""Who is misread, in the terminal: errors by group of images, such as by writer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.groups import GroupDifference, GroupErrors, Misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.changed_images import answer
from digitbench.report.data_title import dataset_title
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
from digitbench.report.plain_tables import plain_table, that_fit
from digitbench.report.terminal_images import CaptionedDigit, DigitGallery
from digitbench.types import Images


@dataclass(frozen=True, eq=False)
class ModelMisread:
    """A model and who is misread by it."""

    model: Outcomes
    found: Misread


def misread_report(shown: Sequence[ModelMisread], console: Console) -> RenderableType:
    """Return the errors by stratum and how far few groups make them, a row for each model.

    Args:
        shown: the models, at least one; the sentences are about the first.
        console: what it will be printed on.
    """
    first = shown[0]
    parts: list[RenderableType] = [
        *(Text(printable(sentence), style="bold") for sentence in _answer(first)),
        "",
        Text(printable(dataset_title(first.model.dataset)), style="dim"),
        Text(printable(first.model.run), style="dim"),
        Text(printable(strata_words(first.found)), style="dim"),
    ]
    by_stratum, by_group, by_variance = _columns(first.found)
    layouts = (
        (by_stratum + by_group + by_variance,),
        (by_stratum, by_group + by_variance),
        (by_stratum, by_group, by_variance),
    )
    for table in that_fit(
        console, ([_table(shown, columns) for columns in layout] for layout in layouts)
    ):
        parts += ["", table]
    return Group(*parts, Text(DEFINITIONS.format(name=first.found.name), style="dim"))


def worst_groups(
    one: ModelMisread, *, most: int, images: Images | None, digits: int
) -> RenderableType:
    """Return the groups that a model misreads most, with their misread digits.

    Args:
        one: the model.
        most: how many groups are shown.
        images: the test images; None if they cannot be had: the digits are then told in words.
        digits: how many digits of each group are shown.
    """
    name, several = one.found.name, len(one.model.trials) > 1
    worst = [group for group in one.found.groups[:most] if group.wrong]
    title = f"The {name}s that {one.model.label} misreads most"
    if not worst:
        return Text(printable(f"{one.model.label} has no error."))
    table = plain_table(
        name.capitalize(), "Stratum", "Images", "Errors", "Error\n%", "If all were\nequally hard"
    )
    for group in worst:
        table.add_row(
            str(group.number),
            Text(printable(group.stratum)),
            formatting.count(group.images),
            count(group.wrong),
            formatting.percent(group.error),
            count(group.expected),
        )
    parts: list[RenderableType] = [Text(printable(title), style="bold"), table]
    note = chance_sentence(one.found)
    parts.append(Text(f"Errors are means over trials. {note}" if several else note, style="dim"))
    for group in worst if digits else ():
        parts += ["", Text(printable(_heading(one, group)))]
        parts.append(_drawn([one.model], [""], group.wrong_images[:digits].tolist(), images))
    return Group(*parts)


def differing_groups(
    a: Outcomes,
    b: Outcomes,
    found: Sequence[GroupDifference],
    name: str,
    *,
    most: int,
    images: Images | None,
    digits: int,
) -> RenderableType:
    """Return the groups on which two models differ most, with the digits on which they do.

    Args:
        a: a model.
        b: another.
        found: what they make of each group, the largest difference first.
        name: what a group is.
        most: how many groups are shown.
        images: the test images; None if they cannot be had: the digits are then told in words.
        digits: how many digits of each group are shown.
    """
    shown = [group for group in found[:most] if len(group.changed_images)]
    title = f"The {name}s on which {a.label} (A) and {b.label} (B) differ most"
    if not shown:
        return Text(printable(f"{a.label} and {b.label} have the same errors."))
    table = plain_table(
        name.capitalize(), "Stratum", "Images", "Errors\nof A", "Errors\nof B", "B less\nA"
    )
    for group in shown:
        more = f"{group.difference:+.1f}"
        table.add_row(
            str(group.number),
            Text(printable(group.stratum)),
            formatting.count(group.images),
            count(group.first_wrong),
            count(group.second_wrong),
            more if float(more) else "0",
        )
    parts: list[RenderableType] = [Text(printable(title), style="bold"), table]
    for group in shown if digits else ():
        parts += ["", Text(printable(group_title(name, group)))]
        changed = group.changed_images[:digits].tolist()
        parts.append(_drawn([a, b], ["A ", "B "], changed, images))
    return Group(*parts)


def _answer(first: ModelMisread) -> Iterator[str]:
    """Say the most important of a model in two sentences."""
    yield from filter(None, (strata_sentence(first.model.label, first.found),))
    yield concentration_sentence(first.model.label, first.found)


@dataclass(frozen=True)
class _Column:
    heading: str
    cell: Callable[[ModelMisread], str]


def _columns(first: Misread) -> tuple[list[_Column], list[_Column], list[_Column]]:
    """Return the columns about strata, about groups, and about the variance."""

    def stratum(place: int) -> Callable[[ModelMisread], str]:
        return lambda one: errors_of_strata(one.found)[place][1]

    strata = [
        _Column(f"{printable(name)}\n%", stratum(place))
        for place, (name, _) in enumerate(errors_of_strata(first))
    ]
    if len(strata) > 1:
        strata.append(_Column("Ratio", lambda one: times_as_many(one.found)))
    whole = formatting.whole_percent
    groups = [
        _Column("Worst\ntenth, %", lambda one: whole(one.found.concentration.share)),
        _Column("By\nchance", lambda one: whole(one.found.concentration.by_chance)),
        _Column("Without\nerror", lambda one: f"{one.found.concentration.without_errors:.0f}"),
        _Column(
            "By\nchance", lambda one: f"{one.found.concentration.without_errors_by_chance:.0f}"
        ),
    ]
    variance = [
        _Column("Design\neffect", lambda one: formatting.figure(one.found.design_effect, 2)),
        _Column("ICC", lambda one: formatting.figure(one.found.correlation, 3)),
    ]
    return strata, groups, variance


def _table(shown: Sequence[ModelMisread], columns: Sequence[_Column]) -> Table:
    table = plain_table("Model", *(column.heading for column in columns), kept_whole=True)
    for one in shown:
        cells = (column.cell(one) for column in columns)
        table.add_row(Text(printable(one.model.label)), *cells)
    return table


def _heading(one: ModelMisread, group: GroupErrors) -> str:
    title = group_title(one.found.name, group)
    return f"{title}: {count(group.wrong)} of {group.images} wrong"


def _drawn(
    models: Sequence[Outcomes],
    letters: Sequence[str],
    places: Sequence[int],
    images: Images | None,
) -> RenderableType:
    """Draw test images with what models make of them, or tell of each in a line."""
    captions = [
        (
            f"#{index}",
            f"true {models[0].labels[index]}",
            *(
                f"{letter}{answer(model, index)}"
                for letter, model in zip(letters, models, strict=True)
            ),
        )
        for index in places
    ]
    if images is None:
        return Text("\n".join(" · ".join(caption) for caption in captions))
    return DigitGallery(
        [
            CaptionedDigit(images[index], caption)
            for index, caption in zip(places, captions, strict=True)
        ]
    )
