"""Two sides compared on the further test sets of their runs.

Only a set that both runs have with the same content can be compared. What is compared is the mean
over its conditions; the models compared on a set are a family of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digitbench.analysis.head_to_head import HeadToHead, head_to_head, versus_in
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import SetAnalysis, analyse_sets
from digitbench.types import RunRecord

ONLY_A, ONLY_B = "in A alone", "in B alone"
OTHER_CONTENT = "other content in A than in B"
NO_PREDICTIONS = "no model that is compared has predictions of it on both sides"
NO_MEAN = "no mean, as its conditions do not show the same images"


@dataclass(frozen=True, eq=False)
class SetVersus:
    """Models of side A against those of side B on a test set.

    Attributes:
        test_set: the set's label.
        found: each pair of models, at least one.
    """

    test_set: str
    found: tuple[HeadToHead, ...]


@dataclass(frozen=True)
class LeftOutSet:
    """A test set on which two sides are not compared.

    Attributes:
        test_set: the set's label.
        reason: why not, in a few words.
    """

    test_set: str
    reason: str


@dataclass(frozen=True, eq=False)
class SetsVersus:
    """The comparisons of two sides on further test sets, in the order of A's plan.

    Attributes:
        compared: the sets that both have.
        left_out: the others, B's own at the end.
    """

    compared: tuple[SetVersus, ...] = ()
    left_out: tuple[LeftOutSet, ...] = ()


def sets_head_to_head(
    a: RunRecord, b: RunRecord, models: Sequence[tuple[Outcomes, Outcomes]]
) -> SetsVersus:
    """Compare models of two runs, or of one, on the further test sets.

    Models of one run keep the verdict that they have on a set among all models of the run.

    Args:
        a: the run of side A, read with its predictions.
        b: that of side B; the very same record if it is the same run.
        models: those that are compared, A's and B's.
    """
    theirs = {one.label: one for one in _sets(b)}
    ours = {one.label: one for one in _sets(a)} if a is not b else theirs
    compared: list[SetVersus] = []
    left_out: list[LeftOutSet] = []
    for label in dict.fromkeys((*ours, *theirs)):
        reason = _reason(label, ours, theirs)
        found = () if reason else tuple(_found(ours[label], theirs[label], models, a is b))
        if found:
            compared.append(SetVersus(label, found))
        else:
            left_out.append(LeftOutSet(label, reason or NO_PREDICTIONS))
    return SetsVersus(tuple(compared), tuple(left_out))


def _sets(record: RunRecord) -> tuple[SetAnalysis, ...]:
    """Return the sets of a run that could be loaded."""
    if not record.plan.test_sets:
        return ()
    return tuple(one for one in analyse_sets(record).sets if one.planned.error is None)


def _reason(label: str, ours: dict[str, SetAnalysis], theirs: dict[str, SetAnalysis]) -> str | None:
    """Say why a set cannot be compared, whatever the models; None if it can."""
    if label not in theirs:
        return ONLY_A
    if label not in ours:
        return ONLY_B
    one, other = ours[label], theirs[label]
    if one.planned.fingerprint != other.planned.fingerprint:
        return OTHER_CONTENT
    return NO_MEAN if len(one.conditions) > 1 and not one.paired else None


def _found(
    one: SetAnalysis,
    other: SetAnalysis,
    models: Sequence[tuple[Outcomes, Outcomes]],
    is_one_run: bool,
) -> Iterator[HeadToHead]:
    """Yield the models that have predictions of a set on both sides."""
    first, second = by_label(one.models), by_label(other.models)
    there = [(a.label, b.label) for a, b in models if a.label in first and b.label in second]
    if not is_one_run:
        yield from head_to_head([(first[a], second[b]) for a, b in there])
    elif one.mean is not None:
        yield from (versus_in(one.mean, a, b) for a, b in there)
