"""Every two models: the difference, how sure it is, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import DifferenceTest, Verdict
from digitbench.report import formatting
from digitbench.report.page.confusion import mean_count
from digitbench.report.page.models import Model
from digitbench.report.verdicts import group_words, pair_sentence, seeds_only_sentence

VERDICT_MARKS = {
    Verdict.BETTER: "better",
    Verdict.INDISTINGUISHABLE: "alike",
    Verdict.NOT_ENOUGH_TRIALS: "open",
}
"""The class of a verdict in the style sheet."""


@dataclass(frozen=True)
class ClaimCells:
    """A claim as it is written: interval in percentage points, p after Holm, verdict, method."""

    interval: str
    p_value: str
    verdict: str
    mark: str
    method: str


@dataclass(frozen=True)
class PairField:
    """A model against another: its lead in percentage points, and the verdict, marked and named."""

    difference: str
    mark: str
    verdict: str


@dataclass(frozen=True, eq=False)
class PairRow:
    """Two models, the better one first.

    Attributes:
        first, second: the models.
        difference: in percentage points; `images`: the same in test images.
        population: about new writers, or new digits.
        test_set: about this test set.
        needed: what would settle the population claim; empty if it is settled.
        sentences: both claims in words.
    """

    first: Model
    second: Model
    difference: str
    images: str
    population: ClaimCells
    test_set: ClaimCells
    needed: str
    sentences: tuple[str, str]


def pair_rows(comparison: Comparison, models: Sequence[Model]) -> tuple[PairRow, ...]:
    """Return a row for every two models, in the comparison's order."""
    by_label = {model.label: model for model in models}
    return tuple(
        PairRow(
            first=by_label[pair.first.label],
            second=by_label[pair.second.label],
            difference=formatting.signed_points(pair.difference),
            images=mean_count(round(pair.difference * len(pair.first.labels), 6)),
            population=_cells(pair.population),
            test_set=_cells(pair.test_set),
            needed=_needed(pair),
            sentences=(pair_sentence(pair, told=True), seeds_only_sentence(pair)),
        )
        for pair in comparison.pairs
    )


def pair_matrix(
    comparison: Comparison, models: Sequence[Model]
) -> tuple[tuple[PairField | None, ...], ...]:
    """Return each model's lead over every other, a row for each; None on the diagonal."""
    fields: dict[tuple[str, str], PairField] = {}
    for pair in comparison.pairs:
        first, second = pair.first.label, pair.second.label
        mark, verdict = VERDICT_MARKS[pair.population.verdict], pair.population.verdict
        worse = "worse" if mark == "better" else mark
        ahead = formatting.signed_points(pair.difference)
        behind = formatting.signed_points(-pair.difference)
        fields[first, second] = PairField(ahead, mark, verdict.value)
        fields[second, first] = PairField(behind, worse, worse if worse == "worse" else verdict)
    labels = [model.label for model in models]
    return tuple(tuple(fields.get((row, column)) for column in labels) for row in labels)


def _cells(claim: DifferenceTest) -> ClaimCells:
    return ClaimCells(
        interval=formatting.signed_interval(claim.interval),
        p_value=formatting.p_value(claim.p_adjusted),
        verdict=claim.verdict.value,
        mark=VERDICT_MARKS[claim.verdict],
        method=claim.method.value,
    )


def _needed(pair: Pair) -> str:
    parts = []
    if pair.trials_needed is not None:
        parts.append(f"about {pair.trials_needed:,} trials")
    if pair.groups_needed is not None:
        parts.append(f"about {pair.groups_needed:,} {group_words(pair)}")
    return " or ".join(parts)
