"""Several runs side by side in lists and tables, for whatever format shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.across_runs import (
    ComparableRuns,
    RunDifference,
    RunOfSeveral,
    set_differences,
)
from digitbench.analysis.significance import DifferenceTest, Verdict
from digitbench.provenance import Fact, run_differences
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.headline import headline
from digitbench.report.populations import population_of

_MOST_FACTS = 6


@dataclass(frozen=True)
class RunEntry:
    """A run in the list of the runs.

    Attributes:
        letter: what it is called on the page.
        name: its directory's name.
        verdict: who is best in it, a sentence.
        facts: when it began, on which data, of what size, with which digitbench, where.
        comparable: the first run before it that has the same test images, in a sentence; empty for
            the first of all.
        differences: what else is different from that; empty if nothing is.
    """

    letter: str
    name: str
    verdict: str
    facts: tuple[str, ...]
    comparable: str
    differences: str


@dataclass(frozen=True)
class AccuracyRow:
    """A model in the runs of one data set.

    Attributes:
        label: its label.
        name: its short label.
        cells: for each run the mean accuracy and its interval in percent; None where the run does
            not have the model.
    """

    label: str
    name: str
    cells: tuple[tuple[str, str] | None, ...]


@dataclass(frozen=True)
class AccuracyTable:
    """The accuracies that can be compared.

    Attributes:
        title: of which data.
        population: what the intervals are about, such as `new writers`.
        letters: the runs.
        rows: the models, by their highest mean in any run.
    """

    title: str
    population: str
    letters: tuple[str, ...]
    rows: tuple[AccuracyRow, ...]


@dataclass(frozen=True)
class ClaimCells:
    """A claim about a difference.

    Attributes:
        interval: in percentage points.
        p_value: adjusted.
        verdict: what the claim comes to.
        said: the same in terms of the runs, such as `B better`.
    """

    interval: str
    p_value: str
    verdict: Verdict
    said: str


@dataclass(frozen=True)
class DifferenceRow:
    """A model in two runs, in cells.

    Attributes:
        label, name: the model's, or those of both models.
        runs: which less which, such as `B less A`.
        accuracies: in percent, before and now.
        difference: in percentage points.
        population: for new writers or digits.
        test_set: on this test set.
        repeated: how many trials are the same trials once more, in words; empty if none.
    """

    label: str
    name: str
    runs: str
    accuracies: str
    difference: str
    population: ClaimCells
    test_set: ClaimCells
    repeated: str


@dataclass(frozen=True)
class SetRow:
    """A model in two runs on a further test set, in cells.

    Attributes:
        test_set: the set's label.
        row: the model and the runs.
    """

    test_set: str
    row: DifferenceRow


@dataclass(frozen=True)
class DifferenceTable:
    """What differs between the runs of one data set.

    Attributes:
        title: of which data.
        population: what the claims are about, such as `new writers`.
        rows: at least one.
    """

    title: str
    population: str
    rows: tuple[DifferenceRow, ...]


def run_entries(groups: Sequence[ComparableRuns]) -> tuple[RunEntry, ...]:
    """Return the list of the runs, in the order given."""
    entries = [_entry(run, group) for group in groups for run in group.runs]
    return tuple(sorted(entries, key=lambda entry: entry.letter))


def _entry(run: RunOfSeveral, group: ComparableRuns) -> RunEntry:
    record, plan = run.record, run.record.plan
    version = record.environment.versions.get("digitbench")
    first = group.runs[0]
    return RunEntry(
        letter=run.letter,
        name=record.id,
        verdict=" ".join(headline(run.models, run.comparison).sentences[:1]),
        facts=(
            f"{record.started_at:%Y-%m-%d %H:%M} UTC",
            size_of(run),
            dataset_title(plan.dataset),
            f"digitbench {version or formatting.ABSENT}",
            f"{record.environment.processor}, Python {record.environment.python}",
            *([] if record.status == "complete" else [record.status]),
        ),
        comparable=_comparable(first, run),
        differences="" if run is first else _what_differs(first, run),
    )


def size_of(run: RunOfSeveral) -> str:
    """Say how many models and trials a run has."""
    models, trials = len(run.models), run.record.plan.trials
    return f"{models} model{'' if models == 1 else 's'}, {trials} trial{'' if trials == 1 else 's'}"


def _comparable(first: RunOfSeveral, run: RunOfSeveral) -> str:
    if run is not first:
        return f"The same test images as {first.letter}."
    return "" if run.letter == "A" else "Other test images than the runs before it."


def _what_differs(first: RunOfSeveral, run: RunOfSeveral) -> str:
    """Say what is different from an earlier run, apart from models and options."""
    theirs = {model.planned.label: model.planned for model in first.models}
    shared = [
        (theirs[model.planned.label], model.planned)
        for model in run.models
        if model.planned.label in theirs
    ]
    facts = run_differences(first.record, run.record, shared)
    if not facts:
        return ""
    left_out = len(facts) - _MOST_FACTS
    more = [f"and {left_out} more"] if left_out > 0 else []
    said = "; ".join([*map(_changed, facts[:_MOST_FACTS]), *more])
    return f"Different from {first.letter}: {said}."


def _changed(fact: Fact) -> str:
    then, now = ("absent" if value is None else str(value) for value in (fact.then, fact.now))
    return f"{fact.name}: {then} → {now}"


def accuracy_table(group: ComparableRuns, names: Mapping[str, str]) -> AccuracyTable:
    """Return the models against the runs of one data set."""
    labels = dict.fromkeys(model.planned.label for run in group.runs for model in run.models)
    highest = {
        label: max(
            (run.ranked[label].uncertainty.mean for run in group.runs if label in run.ranked),
            default=-1.0,
        )
        for label in labels
    }
    ran = next((run for run in group.runs if run.ranked), group.runs[0])
    return AccuracyTable(
        title=dataset_title(group.dataset),
        population=population_of(ran.comparison),
        letters=tuple(run.letter for run in group.runs),
        rows=tuple(
            AccuracyRow(label, names[label], tuple(_cell(run, label) for run in group.runs))
            for label in sorted(labels, key=lambda label: -highest[label])
        ),
    )


def _cell(run: RunOfSeveral, label: str) -> tuple[str, str] | None:
    if label in run.ranked:
        found = run.ranked[label].uncertainty
        return formatting.percent(found.mean), formatting.bounds(found.interval)
    summary = next((model for model in run.models if model.planned.label == label), None)
    if summary is None:
        return None
    return ("failed", "") if summary.failed else (formatting.ABSENT, "")


def difference_tables(
    groups: Sequence[ComparableRuns], names: Mapping[str, str]
) -> tuple[DifferenceTable, ...]:
    """Return what each model has gained or lost from run to run, where that can be said."""
    return tuple(
        DifferenceTable(
            title=dataset_title(group.dataset),
            population=group.differences[0].found.pair.population.population,
            rows=tuple(_row(one, names) for one in group.differences),
        )
        for group in groups
        if group.differences
    )


def set_rows(group: ComparableRuns, names: Mapping[str, str]) -> tuple[SetRow, ...]:
    """Return the same on the further test sets that two runs of a data set have."""
    return tuple(
        SetRow(found.test_set, _row(found.difference, names)) for found in set_differences(group)
    )


def _row(one: RunDifference, names: Mapping[str, str]) -> DifferenceRow:
    found = one.found
    labels = tuple(dict.fromkeys(found.labels))
    means = (formatting.percent(side.accuracy) for side in (found.a, found.b))
    repeated = (
        f"{found.repeated} of {len(found.b.trials)} trials of {one.now.letter} are trials of "
        f"{one.before.letter} once more (same seed, same predictions)"
    )
    return DifferenceRow(
        label=" → ".join(labels),
        name=" → ".join(names[label] for label in labels),
        runs=f"{one.now.letter} less {one.before.letter}",
        accuracies=" → ".join(means),
        difference=formatting.signed_points(found.difference),
        population=_claim(one, found.pair.population),
        test_set=_claim(one, found.pair.test_set),
        repeated=repeated if found.repeated else "",
    )


def _claim(one: RunDifference, claim: DifferenceTest) -> ClaimCells:
    better = one.now if one.found.pair.first is one.found.b else one.before
    is_better = claim.verdict is Verdict.BETTER
    return ClaimCells(
        interval=formatting.signed_interval(one.found.interval(claim)),
        p_value=formatting.p_value(claim.p_adjusted),
        verdict=claim.verdict,
        said=f"{better.letter} better" if is_better else claim.verdict.value,
    )
