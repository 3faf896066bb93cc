"""All models against each other: which are as good as the best, and verdicts for the family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from digitbench.analysis.letters import compact_letters
from digitbench.analysis.outcomes import Outcomes, with_groups_of_any
from digitbench.analysis.pairs import Pair, compare_pair
from digitbench.analysis.significance import Verdict, holm_steps
from digitbench.analysis.summary import CONFIDENCE
from digitbench.analysis.uncertainty import Uncertainty, uncertainty
from digitbench.errors import UsageError

_DIGITS = 12
"""Means that agree in so many are equal, and stand in the order given: sums of fractions differ in
the last digit by the order in which they were added."""


class Place(StrEnum):
    """How a model stands to the one with the highest mean accuracy, by the population claim.

    Members:
        BEST: it is that one.
        NOT_WORSE: it was tested against it, and is not significantly worse.
        WORSE: it is.
        UNKNOWN: no test was possible, as with one trial of a model that depends on its seed.
    """

    BEST = "best"
    NOT_WORSE = "not significantly worse"
    WORSE = "worse"
    UNKNOWN = "not known"


@dataclass(frozen=True, eq=False)
class Ranked:
    """A model and its place.

    Attributes:
        outcomes: its trials.
        uncertainty: how sure its mean accuracy is.
        place: how it stands to the model with the highest mean accuracy.
        letters: models that have a letter in common were not told apart (compact letter display);
            empty where no test was possible.
    """

    outcomes: Outcomes
    uncertainty: Uncertainty
    place: Place
    letters: str = "a"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models compared on the same test images.

    Attributes:
        models: by mean accuracy, the highest first; of equals, the one named first.
        pairs: every two of them, in the order of the models.
        level: the chance of a claim that a model is better where all are equal, over all pairs.
    """

    models: tuple[Ranked, ...]
    pairs: tuple[Pair, ...]
    level: float = 1 - CONFIDENCE

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
    ordered = sorted(with_groups_of_any(models), key=lambda model: -round(model.accuracy, _DIGITS))
    pairs = compare_pairs(combinations(ordered, 2), level)
    against_best = (None, *pairs)  # the first pairs are those of the best, in order
    letters = _letters(ordered, pairs)
    ranked = [
        Ranked(model, uncertainty(model), place_of(pair), letters.get(model, ""))
        for model, pair in zip(ordered, against_best, strict=False)
    ]
    return Comparison(tuple(ranked), tuple(pairs), level)


def _letters(models: Sequence[Outcomes], pairs: Sequence[Pair]) -> dict[Outcomes, str]:
    """Return the letters of the models that were tested, or of a model alone."""
    tested = [pair for pair in pairs if pair.population.p_value is not None]
    there = {model for pair in tested for model in (pair.first, pair.second)}
    given = [model for model in models if model in there or len(models) == 1]
    place = {model: i for i, model in enumerate(given)}
    apart = [
        (place[pair.first], place[pair.second])
        for pair in tested
        if pair.population.verdict is Verdict.BETTER
    ]
    return dict(zip(given, compact_letters(len(given), apart), strict=True))


def place_of(pair: Pair | None) -> Place:
    """Say how a model stands to a better one; None stands for the best itself."""
    if pair is None:
        return Place.BEST
    if pair.population.p_value is None:
        return Place.UNKNOWN
    return Place.WORSE if pair.population.verdict is Verdict.BETTER else Place.NOT_WORSE


def compare_pairs(
    models: Iterable[tuple[Outcomes, Outcomes]], level: float = 1 - CONFIDENCE
) -> list[Pair]:
    """Compare the two models of each pair, in the order given.

    Args:
        models: the pairs; each of the same data, and with the same groups of images.
        level: of the family of these pairs.
    """
    family = list(models)
    careful = bool(family) and level / len(family) < 1 - CONFIDENCE
    found = [compare_pair(a, b, careful=careful) for a, b in family]
    population = holm_steps([pair.population.p_value for pair in found], level)
    test_set = holm_steps([pair.test_set.p_value for pair in found], level)
    return [pair.settle(b, n) for pair, b, n in zip(found, population, test_set, strict=True)]
