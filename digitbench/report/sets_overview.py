"""Further test sets on a few lines: the models by sets, and what that says in words.

`set_conditions.py` shows every condition of one.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.corruption_error import reference_model
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.printable import printable
from digitbench.report.labels import folded_label, short_labels
from digitbench.report.plain_tables import natural_width, plain_table
from digitbench.report.set_words import set_failure_sentences, set_sentences
from digitbench.report.tables.figures import Column
from digitbench.report.tables.test_sets import SetTable, set_table, sets_reading
from digitbench.types import RunRecord

_HEADING_WIDTH = 14
_BEST = "bold green"


def sets_overview(
    record: RunRecord, console: Console, relative_to: str | None = None
) -> RenderableType:
    """Return the tables of models by test sets, as few as the width allows, and the sentences.

    Args:
        record: a run that has further test sets.
        console: where it is to be printed.
        relative_to: the model that corruption errors are relative to; None for the usual one.

    Raises:
        UsageError: there is no such model.
    """
    analysis = analyse_sets(record)
    reference = reference_model(analysis.test_models, relative_to)
    parts: list[RenderableType] = [
        Text(printable(line), style="bold red") for line in set_failure_sentences(analysis)
    ]
    found = set_table(analysis, reference)
    if found.labels and len(found.columns) > 1:
        parts += [part for table in _tables(found, console) for part in ("", table)] + [""]
    parts += [Text(printable(said.text)) for said in set_sentences(analysis)]
    parts += [Text(printable(note), style="dim") for note in _notes(found)]
    return Group(*parts)


def _tables(found: SetTable, console: Console) -> list[Table]:
    """Return one table if there is room, else several with the columns that each has room for."""
    whole = {label: label for label in found.labels}
    _, *columns = found.text_columns
    for names in (whole, short_labels(whole)):
        table = _table(found, names, columns)
        if natural_width(table, console) <= console.width:
            return [table]
    tables: list[Table] = []
    chosen: list[Column[str]] = []
    for column in columns:
        table = _table(found, names, [*chosen, column])
        if chosen and natural_width(table, console) > console.width:
            tables.append(_table(found, names, chosen))
            chosen = []
        chosen.append(column)
    return [*tables, _table(found, names, chosen)]


def _table(found: SetTable, names: dict[str, str], columns: Sequence[Column[str]]) -> Table:
    headings = (
        f"{folded_label(printable(column.heading), _HEADING_WIDTH)}\n{column.unit}".rstrip()
        for column in columns
    )
    table = plain_table("Model", *headings, kept_whole=True)
    best = {column.name: column.best for column in found.columns}
    for label in found.labels:
        cells = (
            Text(
                column.cell(label), style="bold green" if best.get(column.heading) == label else ""
            )
            for column in columns
        )
        table.add_row(Text(printable(names[label])), *cells)
    return table


def _notes(found: SetTable) -> Iterator[str]:
    """Yield what the table needs to be read."""
    said = sets_reading(found)
    if any(column.conditions > 1 for column in found.columns):
        said.append("`digitbench show --test-set NAME` has every condition.")
    if said:
        yield " ".join(said)
