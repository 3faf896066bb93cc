"""What several runs come to, in a few sentences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isclose

from digitbench.analysis.across_runs import ComparableRuns, RunDifference, RunOfSeveral
from digitbench.analysis.significance import Verdict
from digitbench.report import formatting
from digitbench.report.labels import short_labels

_MOST_NAMED = 2
"""More differences than that are counted, not named."""


def names_of(runs: Iterable[RunOfSeveral]) -> dict[str, str]:
    """Return the short label of each model of all runs."""
    return short_labels(model.planned.label for run in runs for model in run.models)


def title(groups: Sequence[ComparableRuns]) -> str:
    """Say how many runs there are, and whether they can be compared."""
    count = sum(len(group.runs) for group in groups)
    if len(groups) == 1:
        return f"{count} runs on the same test images"
    return f"{count} runs on {len(groups)} data sets"


def sentences(groups: Sequence[ComparableRuns], names: Mapping[str, str]) -> Iterator[str]:
    """Yield the answer: the highest mean of each data set, and what differs between runs."""
    for group in groups:
        yield from _highest(group, names, named=len(groups) > 1)
    if all(len(group.runs) == 1 for group in groups):
        yield "No two runs have the same test images: their figures cannot be compared."
    else:
        yield from _between([one for group in groups for one in group.differences], names)


def _between(differences: Sequence[RunDifference], names: Mapping[str, str]) -> Iterator[str]:
    """Yield which differences between runs are significant."""
    count = len(differences)
    better = [one for one in differences if one.found.pair.population.verdict is Verdict.BETTER]
    if len(better) > _MOST_NAMED:
        yield f"{len(better)} of {count} differences between runs are significant."
    elif better:
        yield from (_better(one, names) for one in better)
    elif count == 1:
        yield "The difference between the runs is not significant."
    elif count:
        yield f"None of the {count} differences between runs is significant."


def _highest(group: ComparableRuns, names: Mapping[str, str], *, named: bool) -> Iterator[str]:
    """Yield which model of which run has the highest mean, unless its figures say nothing."""
    ran = [run for run in group.runs if run.ranked]
    if not ran or group.dataset.quick:
        return
    best = max((run.comparison.models[0] for run in ran), key=lambda one: one.uncertainty.mean)
    label, mean = best.outcomes.label, best.uncertainty.mean
    letters = [
        run.letter
        for run in ran
        if label in run.ranked and isclose(run.ranked[label].uncertainty.mean, mean)
    ]
    where = f" on {group.dataset.name}" if named else ""
    which = f"run {letters[0]}" if len(letters) == 1 else f"runs {', '.join(letters)}"
    yield (
        f"Highest mean accuracy{where}: {names[label]} in {which}, {formatting.percent(mean)} %."
    )


def _better(one: RunDifference, names: Mapping[str, str]) -> str:
    worse, better = (one.before, one.now)
    labels = one.found.labels
    if one.found.difference < 0:
        worse, better, labels = better, worse, labels[::-1]
    lead = f"by {formatting.points(abs(one.found.difference))} points"
    if labels[0] == labels[1]:
        return f"{names[labels[0]]} is better in run {better.letter} than in {worse.letter} {lead}."
    return (
        f"{names[labels[1]]} of run {better.letter} is better than {names[labels[0]]} of run "
        f"{worse.letter} {lead}."
    )
