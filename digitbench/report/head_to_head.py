"""Two sides against each other in the terminal: the verdict, the figures, and the images."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.head_to_head import HeadToHead
from digitbench.analysis.sets_head_to_head import SetsVersus
from digitbench.analysis.significance import THIS_TEST_SET, DifferenceTest, Verdict
from digitbench.analysis.uncertainty import uncertainty
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.verdicts import group_words, pair_sentence, seeds_only_sentence

_FIGURES = ("A\n%", "B\n%", "B less A\npp", "Interval\npp", "p adj.", "Verdict")
_WIDE = 64
"""Columns from which a table of several models has all its figures."""


def head_to_head_report(
    found: Sequence[HeadToHead], chosen: HeadToHead, console: Console
) -> RenderableType:
    """Return what there is to say of two sides, apart from the images; the verdict comes first.

    Args:
        found: the models that are compared; at least one pair.
        chosen: the pair that is looked into.
        console: what it will be printed on.
    """
    parts: list[RenderableType] = [
        Text(printable(pair_sentence(chosen.pair)), style="bold"),
        Text(printable(seeds_only_sentence(chosen.pair))),
        "",
        *_heading(chosen),
        "",
    ]
    if len(found) > 1:
        text = f"The largest difference, looked into here: {printable(chosen.name)}."
        parts += [_several(found, console), "", Text(text, style="bold"), ""]
    parts += [_accuracies(chosen), "", _claims(chosen), *_notes(chosen)]
    return Group(*parts)


def sets_versus_report(sets: SetsVersus, console: Console) -> RenderableType | None:
    """Return what two sides come to on further test sets; None if neither has one.

    Args:
        sets: the models on them.
        console: what it will be printed on.
    """
    parts: list[RenderableType] = []
    if sets.compared:
        parts += [Text("Further test sets, the mean over their conditions", style="bold"), ""]
        parts.append(_sets(sets, console))
    parts += [Text(printable(line), style="dim") for line in left_out_sentence(sets)]
    return Group(*parts) if parts else None


def left_out_sentence(sets: SetsVersus) -> Iterator[str]:
    """Say which test sets are not compared, and why, in one line; yield nothing if all are."""
    if sets.left_out:
        named = "; ".join(f"{one.test_set} ({one.reason})" for one in sets.left_out)
        yield f"Test sets that are not compared: {named}."


def _sets(sets: SetsVersus, console: Console) -> Table:
    """Return a row for each test set and pair of models."""
    several = any(len(one.found) > 1 for one in sets.compared)
    wide = console.width >= _WIDE
    names = ("Test set", "Model") if several else ("Test set",)
    table = _table(*names, *(_FIGURES if wide else _narrowed(_FIGURES)), labels=len(names))
    for test_set in sets.compared:
        for place, one in enumerate(test_set.found):
            cells = versus_cells(one)
            row = [test_set.test_set if not place else "", one.name][: len(names)]
            table.add_row(
                *(Text(printable(cell)) for cell in row), *(cells if wide else _narrowed(cells))
            )
    return table


def _heading(chosen: HeadToHead) -> Iterator[Text]:
    """Say what A and B are, and which data they are of."""
    one_run = chosen.a.run == chosen.b.run
    sides = zip("AB", chosen.labels, (chosen.a, chosen.b), strict=True)
    for letter, label, model in sides:
        count = len(model.trials)
        trials = "deterministic" if model.exact else f"{count} trial{'' if count == 1 else 's'}"
        yield Text(f"{letter}: {printable(label)}, {trials}")
        if not one_run:
            yield Text(f"   {printable(model.run)}", style="dim")
    yield Text(printable(dataset_title(chosen.a.dataset)), style="dim")
    if one_run:
        yield Text(printable(chosen.a.run), style="dim")


def _several(found: Sequence[HeadToHead], console: Console) -> Table:
    """Return a row for each pair of models, the largest difference first."""
    wide = console.width >= _WIDE
    table = _table("Model", *(_FIGURES if wide else _narrowed(_FIGURES)))
    for one in sorted(found, key=lambda each: -each.pair.difference):
        cells = versus_cells(one)
        table.add_row(Text(printable(one.name)), *(cells if wide else _narrowed(cells)))
    return table


def versus_cells(one: HeadToHead) -> tuple[str, ...]:
    """Return both accuracies, the difference, its interval, its p-value and the verdict."""
    population = one.pair.population
    return (
        formatting.percent(one.a.accuracy),
        formatting.percent(one.b.accuracy),
        formatting.signed_points(one.difference),
        formatting.signed_interval(one.interval(population)),
        formatting.p_value(population.p_adjusted),
        side_verdict(one, population),
    )


def _narrowed(cells: Sequence[str]) -> tuple[str, str]:
    """Keep what a small table has room for: the difference and the verdict."""
    return cells[2], cells[-1]


def _accuracies(chosen: HeadToHead) -> Table:
    table = _table("Accuracy", "A", "B")
    both = [uncertainty(model) for model in (chosen.a, chosen.b)]
    table.add_row("Mean, %", *(formatting.percent(one.mean) for one in both))
    for population, intervals in (
        (both[0].population, [one.interval for one in both]),
        (THIS_TEST_SET, [one.seed_interval for one in both]),
    ):
        if any(intervals):
            table.add_row(f"95 % interval, {population}, %", *map(formatting.bounds, intervals))
    table.add_row("Std over trials, pp", *(formatting.points(one.seed_std) for one in both))
    table.add_row("Trials", *(str(len(model.trials)) for model in (chosen.a, chosen.b)))
    return table


def _claims(chosen: HeadToHead) -> Table:
    """Return the two claims side by side."""
    pair = chosen.pair
    of = chosen.pair.population.population
    table = _table("B less A", of[:1].upper() + of[1:], "This test set")
    claims = (pair.population, pair.test_set)
    table.add_row("Difference, pp", *[formatting.signed_points(chosen.difference)] * 2)
    table.add_row(
        "Interval, pp",
        *(formatting.signed_interval(chosen.interval(one)) for one in claims),
    )
    table.add_row("Its confidence, %", *(_confidence(one) for one in claims))
    table.add_row("p, adjusted", *(formatting.p_value(one.p_adjusted) for one in claims))
    table.add_row("Verdict", *(Text(side_verdict(chosen, one)) for one in claims))
    table.add_row("Method", *(one.method.value for one in claims))
    images = len(chosen.a.labels)
    more = formatting.images(chosen.difference * images, signed=True)
    table.add_row(f"Images of {images:,}", more, more)
    table.add_row("Trials needed", _about(pair.trials_needed), "")
    test_set = _about(pair.groups_needed)
    if pair.groups_needed is not None:
        test_set += f" {group_words(pair)}"
    table.add_row("Test set needed", test_set, "")
    return table


def _about(needed: int | None) -> str:
    return formatting.ABSENT if needed is None else f"about {needed:,}"


def side_verdict(versus: HeadToHead, claim: DifferenceTest) -> str:
    """Say a claim's verdict in terms of the sides: `B better`."""
    if claim.verdict is not Verdict.BETTER:
        return claim.verdict.value
    return f"{'B' if versus.pair.first is versus.b else 'A'} better"


def _notes(chosen: HeadToHead) -> Iterator[Text]:
    if chosen.family > 1:
        yield Text(f"p: adjusted for {chosen.family} comparisons (Holm).", style="dim")
    if chosen.repeated:
        yield Text(
            f"{chosen.repeated} of B's {len(chosen.b.trials)} trials are trials of A once more "
            "(same seed, same predictions): they bring nothing new.",
            style="dim",
        )


def _confidence(claim: DifferenceTest) -> str:
    return formatting.ABSENT if claim.confidence is None else f"{100 * claim.confidence:.3g}"


def _table(*headings: str, labels: int = 1) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, show_edge=False
    )
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < labels else "right", overflow="fold")
    return table
