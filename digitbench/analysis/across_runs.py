"""Several runs side by side: which can be compared, and what each model has gained or lost.

Runs can be compared if they are of the same data, and so of the same test images.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.head_to_head import HeadToHead, head_to_head
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.sets_head_to_head import SetVersus, sets_head_to_head
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.errors import UsageError
from digitbench.types import DatasetInfo, RunRecord

MOST_RUNS = len(ascii_uppercase)
"""Each run is called by a letter."""


@dataclass(frozen=True, eq=False)
class RunOfSeveral:
    """One of several runs.

    Attributes:
        letter: what it is called beside the others: A, B and so on, in the order given.
        record: the run, read with its predictions.
        models: all its models, by plan.
        comparison: of those that have a trial which succeeded; it may hold none.
    """

    letter: str
    record: RunRecord
    models: tuple[ModelSummary, ...]
    comparison: Comparison

    @property
    def ranked(self) -> dict[str, Ranked]:
        """The models that have a trial which succeeded, the best first, by label."""
        return {model.outcomes.label: model for model in self.comparison.models}


@dataclass(frozen=True, eq=False)
class RunDifference:
    """A model in two runs, or the best of one and the best of the other.

    Attributes:
        before: the run that was named first.
        now: the other.
        found: what the model of `now` has over that of `before`.
    """

    before: RunOfSeveral
    now: RunOfSeveral
    found: HeadToHead


@dataclass(frozen=True, eq=False)
class ComparableRuns:
    """The runs of one data set, whose figures can be compared.

    Attributes:
        runs: at least one, in the order given.
        differences: each model against the first run that has it; where a run shares no model with
            those before it, its best model against the best of the first. One family of tests.
    """

    runs: tuple[RunOfSeveral, ...]
    differences: tuple[RunDifference, ...]

    @property
    def dataset(self) -> DatasetInfo:
        """The data, as the first run says it."""
        return self.runs[0].record.plan.dataset


@dataclass(frozen=True, eq=False)
class SetDifference:
    """A model in two runs, on a further test set that both have.

    Attributes:
        test_set: the set's label.
        difference: what is between the runs, in the mean over the set's conditions.
    """

    test_set: str
    difference: RunDifference


def several_runs(records: Sequence[RunRecord]) -> tuple[RunOfSeveral, ...]:
    """Give each run its letter.

    Args:
        records: the runs, read with their predictions.

    Raises:
        UsageError: there are too many.
    """
    if len(records) > MOST_RUNS:
        raise UsageError(f"{len(records)} runs are too many for one report: name {MOST_RUNS}")
    return tuple(
        RunOfSeveral(letter, record, tuple(summarise(record)), compare_run(record))
        for letter, record in zip(ascii_uppercase, records, strict=False)
    )


def comparable_runs(runs: Sequence[RunOfSeveral]) -> tuple[ComparableRuns, ...]:
    """Sort runs by their data, in the order given, and compare the models of each data set's runs.

    Raises:
        UsageError: runs say that their data are the same, and have other test labels.
    """
    by_data: dict[str, list[RunOfSeveral]] = {}
    for run in runs:
        by_data.setdefault(run.record.plan.dataset.fingerprint, []).append(run)
    return tuple(
        ComparableRuns(tuple(same), tuple(_differences(same))) for same in by_data.values()
    )


def set_differences(group: ComparableRuns) -> tuple[SetDifference, ...]:
    """Return the differences of a data set's runs on the further test sets that two of them have.

    The models and runs are those of `group.differences`; the models of two runs on a set are one
    family of tests.
    """
    by_runs: dict[tuple[str, str], list[RunDifference]] = {}
    for one in group.differences:
        by_runs.setdefault((one.before.letter, one.now.letter), []).append(one)
    return tuple(
        SetDifference(on_set.test_set, RunDifference(same[0].before, same[0].now, found))
        for same in by_runs.values()
        for on_set in _on_sets(same)
        for found in on_set.found
    )


def _on_sets(same: Sequence[RunDifference]) -> tuple[SetVersus, ...]:
    """Return the test sets that two runs have in common, with the models that are compared."""
    before, now = same[0].before, same[0].now
    models = []
    for one in same:
        a, b = one.found.labels
        models.append((before.ranked[a].outcomes, now.ranked[b].outcomes))
    return sets_head_to_head(before.record, now.record, models).compared


def _differences(runs: Sequence[RunOfSeveral]) -> Iterator[RunDifference]:
    for other in runs[1:]:
        one, two = runs[0].record, other.record
        if not np.array_equal(one.test_labels, two.test_labels):  # type: ignore[arg-type]
            raise UsageError(
                f"the runs {one.id} and {two.id} say that their data are the same, but have other "
                "test labels; one of them is damaged"
            )
    pairs = [pair for place in range(1, len(runs)) for pair in _pairs(runs[:place], runs[place])]
    models = [(one.outcomes, two.outcomes) for _, one, _, two in pairs]
    for (before, _, now, _), found in zip(pairs, head_to_head(models), strict=True):
        yield RunDifference(before, now, found)


def _pairs(
    earlier: Sequence[RunOfSeveral], now: RunOfSeveral
) -> Iterator[tuple[RunOfSeveral, Ranked, RunOfSeveral, Ranked]]:
    """Yield what a run is compared with among those before it, and its own model."""
    shared = [
        (next(run for run in earlier if label in run.ranked), label)
        for label in now.ranked
        if any(label in run.ranked for run in earlier)
    ]
    for before, label in shared:
        yield before, before.ranked[label], now, now.ranked[label]
    first = next((run for run in earlier if run.ranked), None)
    if not shared and first is not None and now.ranked:
        yield first, first.comparison.models[0], now, now.comparison.models[0]
