"""All models against each other: ranks, pairs and verdicts that hold for the family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from digitbench.analysis.claims import Verdict, holm
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair, compare_pair, settle
from digitbench.analysis.summary import CONFIDENCE
from digitbench.analysis.uncertainty import Uncertainty, uncertainty
from digitbench.errors import UsageError


@dataclass(frozen=True, eq=False)
class Ranked:
    """A model and its place.

    Attributes:
        outcomes: its trials.
        uncertainty: how sure its mean accuracy is.
        rank: one more than the number of models that are better by the broad claim; models that
            cannot be told apart share one.
    """

    outcomes: Outcomes
    uncertainty: Uncertainty
    rank: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models compared on the same test images.

    Attributes:
        models: by rank, then by mean accuracy.
        pairs: every two of them, in the order of the models.
        level: the chance of a claim that a model is better where all are equal, over all pairs.
    """

    models: tuple[Ranked, ...]
    pairs: tuple[Pair, ...]
    level: float = 1 - CONFIDENCE

    @property
    def confidence(self) -> float:
        """Confidence of the intervals of differences."""
        return 1 - self.level

    def pair(self, a: str, b: str) -> Pair:
        """Return the pair of two models, by their labels.

        Raises:
            KeyError: there is no such pair.
        """
        for pair in self.pairs:
            if {pair.first.label, pair.second.label} == {a, b}:
                return pair
        raise KeyError((a, b))


def compare(models: Sequence[Outcomes], level: float = 1 - CONFIDENCE) -> Comparison:
    """Compare every two models.

    Args:
        models: of one run or of several, on the same data.
        level: of the family of all pairs.

    Raises:
        UsageError: they are of different data.
    """
    for other in models[1:]:
        if other.dataset.fingerprint != models[0].dataset.fingerprint:
            raise UsageError(
                f"{models[0].label} and {other.label} are of different data "
                f"({models[0].dataset.name}, {other.dataset.name}): nothing can be compared"
            )
    pairs = compare_pairs(combinations(models, 2), level)
    ranked = [
        Ranked(model, uncertainty(model), 1 + sum(_is_worse(model, pair) for pair in pairs))
        for model in models
    ]
    ranked.sort(key=lambda model: (model.rank, -model.uncertainty.mean))
    place = {id(model.outcomes): i for i, model in enumerate(ranked)}
    pairs.sort(key=lambda pair: sorted((place[id(pair.first)], place[id(pair.second)])))
    return Comparison(tuple(ranked), tuple(pairs), level)


def compare_pairs(
    models: Iterable[tuple[Outcomes, Outcomes]], level: float = 1 - CONFIDENCE
) -> list[Pair]:
    """Compare the two models of each pair, in the order given.

    Args:
        models: the pairs; each of the same data.
        level: of the family of these pairs.
    """
    family = list(models)
    careful = bool(family) and level / len(family) < 1 - CONFIDENCE
    raw = [compare_pair(a, b, level, careful=careful) for a, b in family]
    broad = holm([pair.broad.p_value for pair in raw])
    narrow = holm([pair.narrow.p_value for pair in raw])
    return [
        settle(pair, level, broad_p=b, narrow_p=n)
        for pair, b, n in zip(raw, broad, narrow, strict=True)
    ]


def _is_worse(model: Outcomes, pair: Pair) -> bool:
    return pair.second is model and pair.broad.verdict is Verdict.BETTER
