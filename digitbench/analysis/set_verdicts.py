"""Whether what is said of the models on the test images holds on further test sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import Verdict


class Change(StrEnum):
    """What becomes of a verdict on other images.

    Members:
        REVERSED: another model is better than on the test images.
        LOST: one is better on the test images, and they cannot be told apart here.
        GAINED: they cannot be told apart on the test images, and one is better here.
    """

    REVERSED = "reversed"
    LOST = "lost"
    GAINED = "gained"


@dataclass(frozen=True, eq=False)
class ChangedVerdict:
    """Two models whose verdict is another one than on the test images.

    Attributes:
        then: the models on the test images.
        now: the same on the other images.
        change: what became of the verdict.
    """

    then: Pair
    now: Pair
    change: Change


@dataclass(frozen=True)
class Wins:
    """How a model stands on several conditions, by the verdicts.

    Attributes:
        model: its label.
        best: the conditions on which it is better than each other model.
        tied: those on which no model is better than it, and one is not worse.
        beaten: those on which a model is better than it, and the label of the best model there.
        untested: those on which that cannot be told, or that it has no predictions of.
    """

    model: str
    best: tuple[str, ...]
    tied: tuple[str, ...]
    beaten: tuple[tuple[str, str], ...]
    untested: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many conditions there are."""
        return sum(map(len, (self.best, self.tied, self.beaten, self.untested)))


def changed_verdicts(test: Comparison, now: Comparison) -> tuple[ChangedVerdict, ...]:
    """Return the pairs of models whose verdict on other images is another one.

    Args:
        test: the models on the test images.
        now: the models on the others; one that is missing has no verdict.
    """
    there = {frozenset((pair.first.label, pair.second.label)): pair for pair in now.pairs}
    found = []
    for then in test.pairs:
        pair = there.get(frozenset((then.first.label, then.second.label)))
        change = None if pair is None else _change(then, pair)
        if pair is not None and change is not None:
            found.append(ChangedVerdict(then, pair, change))
    return tuple(found)


def wins_of(model: str, comparisons: Mapping[str, Comparison]) -> Wins:
    """Return how a model stands on several conditions.

    Args:
        model: its label.
        comparisons: the models on each condition (`SetAnalysis.comparisons`).
    """
    best, tied, beaten, untested = [], [], [], []
    for name, comparison in comparisons.items():
        places = {ranked.outcomes.label: ranked.place for ranked in comparison.models}
        own = places.pop(model, Place.UNKNOWN)
        if own is Place.UNKNOWN or (own is Place.BEST and Place.UNKNOWN in places.values()):
            untested.append(name)
        elif own is Place.WORSE:
            beaten.append((name, comparison.models[0].outcomes.label))
        elif own is Place.NOT_WORSE or Place.NOT_WORSE in places.values():
            tied.append(name)
        else:
            best.append(name)
    return Wins(model, tuple(best), tuple(tied), tuple(beaten), tuple(untested))


def better(pair: Pair) -> str | None:
    """Return the label of the better model of two; None if they cannot be told apart."""
    return pair.first.label if pair.population.verdict is Verdict.BETTER else None


def _change(then: Pair, now: Pair) -> Change | None:
    before, after = better(then), better(now)
    if before == after:
        return None
    if before is None:
        return Change.GAINED
    return Change.LOST if after is None else Change.REVERSED
