"""Every condition of a further test set: a row for each, with the models as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.corruption_error import (
    CorruptionError,
    corruption_errors,
    reference_model,
)
from digitbench.analysis.disputed import disputed_labels
from digitbench.analysis.set_analysis import SetAnalysis, SetsAnalysis, analyse_sets
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.labels import folded_label, short_labels
from digitbench.report.plain_tables import natural_width, plain_table
from digitbench.report.set_words import set_sentences
from digitbench.report.sparkline import sparkline
from digitbench.report.tables.test_sets import (
    Standing,
    condition_standings,
    set_standing,
    standing_of,
    tie_reading,
)
from digitbench.types import RunRecord

_RATIO_DECIMALS = 3
_HEADING_WIDTH = 14


@dataclass(frozen=True)
class _Row:
    """A row of the table: its name, what is written of each model, and which model is best."""

    name: str
    cells: Mapping[str, str]
    best: str | None = None


def set_conditions(
    record: RunRecord,
    name: str,
    console: Console,
    *,
    relative_to: str | None = None,
    each: bool = False,
) -> RenderableType:
    """Return the table of a set's conditions, and what is needed to read it.

    The severities of a name are one row: their mean, and a bar for each.

    Args:
        record: the run.
        name: of the set, or its label.
        console: where it is to be printed.
        relative_to: the model that corruption errors are relative to; None for the usual one.
        each: whether each severity has a row of its own instead.

    Raises:
        UsageError: there is no such set or model, or nothing is known of the set.
    """
    analysis = analyse_sets(record)
    found = analysis.find(name)
    reference = reference_model(analysis.test_models, relative_to)
    labels = [model.outcomes.label for model in analysis.test.models]
    standings = [*condition_standings(found, each=each)]
    errors = {error.model: error for error in corruption_errors(found, reference)}
    if len(standings) > 1 and not found.of_test:
        standings.append(set_standing("mean", found))
    low, high = _bounds(standings)
    standings.append(standing_of("test images", analysis.test))
    rows = [_row(standing, labels, (low, high)) for standing in standings]
    rows += [*_error_rows(errors), *_disputed_rows(analysis, found)]
    said = [" ".join(s.sentences) for s in set_sentences(analysis) if s.test_set == found.label]
    drawn = any(standing.severities for standing in standings)
    notes = [*_notes(standings, errors), *(_bars_note(low, high) if drawn else ())]
    return Group(
        Text(printable(_heading(found)), style="bold"),
        *(part for table in _tables(rows, labels, console) for part in ("", table)),
        "",
        *(Text(printable(line)) for line in said),
        *(Text(printable(note), style="dim") for note in notes),
    )


def _heading(found: SetAnalysis) -> str:
    sizes = sorted({condition.planned.size for condition in found.conditions})
    images = " to ".join(f"{size:,}" for size in dict.fromkeys((sizes[0], sizes[-1])))
    each = " each" if len(found.conditions) > 1 else ""
    return f"{found.label}: {found.planned.source}; {images} images{each}"


def _row(standing: Standing, labels: Sequence[str], within: tuple[float, float]) -> _Row:
    cells = {}
    for label in labels:
        bars = standing.severities.get(label)
        drawn = f" {sparkline(bars, within)}" if bars else ""
        cells[label] = f"{standing.cell(label)}{drawn}"
    return _Row(standing.name, cells, standing.best)


def _error_rows(errors: Mapping[str, CorruptionError]) -> Iterator[_Row]:
    if errors:
        yield _ratios("mCE", {label: error.mean for label, error in errors.items()})
        yield _ratios("relative mCE", {label: error.relative for label, error in errors.items()})


def _ratios(name: str, values: Mapping[str, float | None]) -> _Row:
    return _Row(name, {k: formatting.figure(v, _RATIO_DECIMALS) for k, v in values.items()})


def _disputed_rows(analysis: SetsAnalysis, found: SetAnalysis) -> Iterator[_Row]:
    disputed = disputed_labels(found, analysis.test)
    if disputed is not None:
        yield _Row("errors", {one.model: f"{one.errors:,}" for one in disputed.errors})
        yield _Row("of them disputed", {one.model: f"{one.disputed:,}" for one in disputed.errors})


def _tables(rows: Sequence[_Row], labels: Sequence[str], console: Console) -> list[Table]:
    """Return one table if there is room, else several with the models that each has room for."""
    short = short_labels(labels)
    tables: list[Table] = []
    chosen: list[str] = []
    for label in labels:
        table = _table(rows, [*chosen, label], short)
        if chosen and natural_width(table, console) > console.width:
            tables.append(_table(rows, chosen, short))
            chosen = []
        chosen.append(label)
    return [*tables, _table(rows, chosen, short)]


def _table(rows: Sequence[_Row], labels: Sequence[str], short: Mapping[str, str]) -> Table:
    headings = (folded_label(printable(short[label]), _HEADING_WIDTH) for label in labels)
    table = plain_table("Accuracy, %", *headings, kept_whole=True)
    for row in rows:
        cells = (
            Text(
                row.cells.get(label, formatting.ABSENT),
                style="bold green" if row.best == label else "",
            )
            for label in labels
        )
        table.add_row(Text(printable(row.name)), *cells)
    return table


def _bounds(standings: Sequence[Standing]) -> tuple[float, float]:
    """Return the lowest and the highest accuracy that a bar is drawn of."""
    values = [v for standing in standings for bars in standing.severities.values() for v in bars]
    return min(values, default=0.0), max(values, default=1.0)


def _bars_note(low: float, high: float) -> Iterator[str]:
    ends = " to ".join(map(formatting.percent, (low, high)))
    yield f"Rows with bars: the mean over severities, and a bar for each, from {ends} %."


def _notes(standings: Sequence[Standing], errors: Mapping[str, CorruptionError]) -> Iterator[str]:
    """Yield what the table needs to be read."""
    if any(standing.tied for standing in standings):
        yield f"{tie_reading('row')} The pairs of models of each row are a family of their own."
    for error in errors.values():
        yield (
            f"mCE: the mean over conditions of errors divided by those of {error.reference}; "
            "relative mCE: with the errors on the test images taken off first."
        )
        break
