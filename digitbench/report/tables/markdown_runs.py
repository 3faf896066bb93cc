"""Several runs as GitHub's Markdown: the answer, the runs, their accuracies and what differs."""

from collections.abc import Iterator, Sequence
from functools import partial

from digitbench.analysis.across_runs import ComparableRuns, comparable_runs, several_runs
from digitbench.report.across_runs import (
    AccuracyRow,
    DifferenceRow,
    DifferenceTable,
    RunEntry,
    SetRow,
    accuracy_table,
    difference_tables,
    run_entries,
    set_rows,
)
from digitbench.report.across_runs_words import names_of, sentences, title
from digitbench.report.tables.figures import Column
from digitbench.report.tables.markdown import code, escaped, prose, table
from digitbench.types import RunRecord

_MODEL = Column[AccuracyRow]("Model", "", lambda row: row.label, is_label=True)
_DIFFERENCES: Sequence[Column[DifferenceRow]] = (
    Column("Model", "", lambda row: row.label, is_label=True),
    Column("Runs", "", lambda row: row.runs, is_words=True),
    Column("Accuracy", "%", lambda row: row.accuracies),
    Column("Difference", "pp", lambda row: row.difference),
    Column("Interval", "pp", lambda row: row.population.interval),
    Column("p", "", lambda row: row.population.p_value),
    Column("Verdict", "", lambda row: row.population.said, is_words=True),
    Column("On this test set", "", lambda row: row.test_set.said, is_words=True),
)

_ON_SETS: Sequence[Column[SetRow]] = (
    Column("Test set", "", lambda one: one.test_set, is_label=True),
    Column("Model", "", lambda one: one.row.label, is_label=True),
    Column("Runs", "", lambda one: one.row.runs, is_words=True),
    Column("Accuracy", "%", lambda one: one.row.accuracies),
    Column("Difference", "pp", lambda one: one.row.difference),
    Column("Interval", "pp", lambda one: one.row.population.interval),
    Column("p", "", lambda one: one.row.population.p_value),
    Column("Verdict", "", lambda one: one.row.population.said, is_words=True),
)
_SETS_NOTE = (
    "- Further test sets that two runs have: the mean over each one's conditions. p is adjusted "
    "for the models on one set."
)


def markdown_runs(records: Sequence[RunRecord]) -> str:
    """Return what several runs come to; each run's own tables are a report of their own.

    Args:
        records: the runs, read with their predictions.

    Raises:
        UsageError: there are too many, or one of them is damaged.
    """
    runs = several_runs(records)
    groups = comparable_runs(runs)
    names = names_of(runs)
    labels = [*(record.id for record in records), *names, *names.values()]
    lines = [f"**{escaped(title(groups))}**", ""]
    lines += [f"- {prose(sentence, labels)}" for sentence in sentences(groups, names)]
    lines += ["", *(_run(entry, labels) for entry in run_entries(groups))]
    for group in groups:
        lines += _accuracies(group, names)
    for found in difference_tables(groups, names):
        lines += ["", *table(_DIFFERENCES, found.rows), "", *_notes(found)]
    for group in groups:
        if rows := set_rows(group, names):
            lines += ["", *table(_ON_SETS, rows), "", _SETS_NOTE]
    return "\n".join(lines).strip() + "\n"


def _run(entry: RunEntry, labels: Sequence[str]) -> str:
    facts = "; ".join(map(escaped, entry.facts))
    return f"- **{entry.letter}** {code(entry.name)}: {prose(entry.verdict, labels)} {facts}."


def _accuracies(group: ComparableRuns, names: dict[str, str]) -> Iterator[str]:
    found = accuracy_table(group, names)
    yield ""
    yield f"{escaped(found.title)}; mean accuracy with its 95 % interval for {found.population}:"
    yield ""
    columns = [
        Column[AccuracyRow](letter, "%", partial(_accuracy, place))
        for place, letter in enumerate(found.letters)
    ]
    yield from table((_MODEL, *columns), found.rows)


def _accuracy(place: int, row: AccuracyRow) -> str:
    return " ".join(row.cells[place] or ()).strip()


def _notes(found: DifferenceTable) -> Iterator[str]:
    yield (
        f"- Between runs, {escaped(found.title.partition(':')[0])}: each model against the first "
        "run that has it, or else the best models of both. Interval, p (Holm) and verdict are for "
        f"{found.population}."
    )
    for row in found.rows:
        if row.repeated:
            yield f"- {code(row.label)}: {escaped(row.repeated)}. They bring nothing new."
