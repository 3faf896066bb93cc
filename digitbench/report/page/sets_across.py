"""The test sets that several runs have in common: the accuracy of each model in each run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.across_runs import ComparableRuns, RunOfSeveral
from digitbench.analysis.set_analysis import SetAnalysis, analyse_sets
from digitbench.report.data_title import dataset_title
from digitbench.report.page.set_cells import SetCell, set_accuracies


@dataclass(frozen=True)
class SetAcrossRow:
    """A model on a test set.

    Attributes:
        test_set: the set's label.
        label: the model's label.
        name: its short label.
        cells: for each run; None where the run does not have both.
    """

    test_set: str
    label: str
    name: str
    cells: tuple[SetCell | None, ...]


@dataclass(frozen=True)
class SetsAcross:
    """The further test sets of runs with the same test images.

    Attributes:
        title: of which data.
        letters: the runs.
        rows: by set, and by model.
    """

    title: str
    letters: tuple[str, ...]
    rows: tuple[SetAcrossRow, ...]


def sets_across(
    groups: Sequence[ComparableRuns], names: Mapping[str, str]
) -> tuple[SetsAcross, ...]:
    """Return a table for each group of runs of which two have a set with the same images."""
    found = (_table(group, names) for group in groups)
    return tuple(table for table in found if table.rows)


def _table(group: ComparableRuns, names: Mapping[str, str]) -> SetsAcross:
    runs = [run for run in group.runs if run.record.plan.test_sets and run.ranked]
    there: dict[str, dict[str, SetAnalysis]] = {}
    for run in runs:
        for found in analyse_sets(run.record).loaded:
            if not found.of_test:
                there.setdefault(found.planned.fingerprint, {})[run.letter] = found
    rows = (
        row for of_run in there.values() if len(of_run) > 1 for row in _rows(of_run, runs, names)
    )
    return SetsAcross(dataset_title(group.dataset), tuple(run.letter for run in runs), tuple(rows))


def _rows(
    of_run: Mapping[str, SetAnalysis], runs: Sequence[RunOfSeveral], names: Mapping[str, str]
) -> Iterator[SetAcrossRow]:
    """Yield a row for each model that has predicted a set in some run, by the first of these."""
    cells = {letter: set_accuracies(found) for letter, found in of_run.items()}
    test_set = next(iter(of_run.values())).label
    for label in dict.fromkeys(label for of_model in cells.values() for label in of_model):
        row = tuple(cells.get(run.letter, {}).get(label) for run in runs)
        yield SetAcrossRow(test_set, label, names[label], row)
