"""Two sides compared with each other, model by model: what B has over A."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbench.analysis.comparison import Comparison, compare_pairs
from digitbench.analysis.outcomes import Outcomes, with_groups_of_any
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import DifferenceTest
from digitbench.analysis.summary import CONFIDENCE


@dataclass(frozen=True, eq=False)
class HeadToHead:
    """A model of side A and one of side B.

    Attributes:
        labels: of A's model and of B's in their runs.
        a: the model of side A; its label is another than that of `b`.
        b: that of side B.
        pair: what can be said of their difference; its first is the better of the two.
        family: how many pairs the p-values are adjusted for.
        level: the chance of a claim that one is better where all pairs are equal.
    """

    labels: tuple[str, str]
    a: Outcomes
    b: Outcomes
    pair: Pair
    family: int
    level: float

    @property
    def name(self) -> str:
        """What is compared: the label of a model that both sides have, or both labels."""
        return " and ".join(dict.fromkeys(self.labels))

    @property
    def difference(self) -> float:
        """B's mean accuracy less A's, a fraction."""
        return self._of_b(self.pair.difference)

    @property
    def images_per_10_000(self) -> float:
        """How many more of 10,000 images B gets right; negative if fewer."""
        return self._of_b(self.pair.images_per_10_000)

    @property
    def repeated(self) -> int:
        """How many trials of B are trials of A once more: the same chance, the same predictions.

        They bring nothing new. 0 where chance has no part in either model, and of means over
        several conditions, which have no predictions.
        """
        if self.a.exact or self.b.exact or self.a.scores is not None:
            return 0
        places = {chance: i for i, chance in enumerate(self.a.randomness)}
        return sum(
            chance in places and np.array_equal(self.b.rows[i], self.a.rows[places[chance]])
            for i, chance in enumerate(self.b.randomness)
        )

    def interval(self, claim: DifferenceTest) -> tuple[float, float] | None:
        """Return the interval of one of the pair's claims, of B less A."""
        if claim.interval is None:
            return None
        low, high = sorted(map(self._of_b, claim.interval))
        return low, high

    def _of_b(self, value: float) -> float:
        """Turn a figure of the better model less the other into one of B less A."""
        return value if self.pair.first is self.b else 0.0 - value


def versus_in(comparison: Comparison, a: str, b: str) -> HeadToHead:
    """Return two models of a comparison, with the verdict they have there.

    Args:
        comparison: of all models of a run; the p-values stay adjusted for all its pairs.
        a: the label of side A's model.
        b: that of side B's.

    Raises:
        KeyError: the comparison lacks one of them.
    """
    pair = comparison.pair(a, b)
    one, other = (pair.first, pair.second) if pair.first.label == a else (pair.second, pair.first)
    return HeadToHead((a, b), one, other, pair, len(comparison.pairs), comparison.level)


def head_to_head(
    models: Sequence[tuple[Outcomes, Outcomes]], level: float = 1 - CONFIDENCE
) -> tuple[HeadToHead, ...]:
    """Hold models of one side against those of the other; the pairs given are the family.

    Models of the same label are told apart by the letters of the sides: `cnn (A)`, `cnn (B)`.

    Args:
        models: those that are compared, A's and B's, on the same data.
        level: of the family.
    """
    apart = [_told_apart(*with_groups_of_any(two)) for two in models]
    pairs = compare_pairs(apart, level)
    return tuple(
        HeadToHead((a.label, b.label), *sides, pair, len(pairs), level)
        for (a, b), sides, pair in zip(models, apart, pairs, strict=True)
    )


def largest(found: Sequence[HeadToHead]) -> HeadToHead:
    """Return the models with the largest difference; of equals, the first."""
    return max(found, key=lambda one: one.pair.difference)


def _told_apart(a: Outcomes, b: Outcomes) -> tuple[Outcomes, Outcomes]:
    if a.label != b.label:
        return a, b
    return _relabelled(a, "A"), _relabelled(b, "B")


def _relabelled(model: Outcomes, letter: str) -> Outcomes:
    planned = model.planned.model_copy(update={"label": f"{model.label} ({letter})"})
    return replace(model, planned=planned)
