"""What a run comes to, on one screen: the verdict, one table, and how to read it.

`comparison.py` shows every figure.
"""

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.comparison import Comparison, Place, Ranked
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import ModelSummary
from digitbench.metrics import FIT, LATENCY, SIZE, Metric
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.comparison import ending_notes, reuse_notes, trials_text
from digitbench.report.data_title import dataset_title
from digitbench.report.headline import headline
from digitbench.report.labels import folded_label, short_labels
from digitbench.report.load import load_note
from digitbench.report.opening import failure_lines, headline_lines
from digitbench.report.plain_tables import natural_width, plain_table, that_fit
from digitbench.report.populations import population_of
from digitbench.report.sequential import sequential_notes
from digitbench.report.tables.figures import ModelRow, model_rows
from digitbench.report.training import spread_over, training_notes
from digitbench.types import RunRecord

_COSTS = (("Fit", FIT), ("Latency", LATENCY), ("Size", SIZE))
_MOST_NAMES = 3
_LEAST_LABEL_WIDTH = 12
_NOT_TESTED = "?"
"""Stands before the difference of a model that was not tested against the best."""


def overview(record: RunRecord, console: Console) -> RenderableType:
    """Return what a run comes to: the verdict, the trials that failed, one table, a few notes.

    The table has at most six columns. Labels are whole where the console has room for them, and
    else short.
    """
    compared = compare_run(record)
    rows = model_rows(record, compared)
    summaries = [row.summary for row in rows]
    found = headline(summaries, compared)
    return Group(
        *headline_lines(found),
        *failure_lines(summaries),
        "",
        _fitting_table(rows, compared, console),
        "",
        *(Text(printable(note), style="dim") for note in _notes(record, summaries, compared)),
        *reuse_notes(summaries),
    )


def _fitting_table(rows: Sequence[ModelRow], compared: Comparison, console: Console) -> Table:
    """Return the table with as much as has room: whole labels, and the standard deviation."""
    labels = [row.label for row in rows]
    whole = {label: printable(label) for label in labels}
    short = {label: printable(name) for label, name in short_labels(labels).items()}
    layouts = [
        [_table(rows, names, compared, std=std)]
        for names, std in ((whole, True), (short, True), (whole, False), (short, False))
    ]
    (table,) = that_fit(console, layouts)
    excess = natural_width(table, console) - console.width
    if excess <= 0:
        return table
    longest = max(map(cell_len, short.values()))
    width = max(_LEAST_LABEL_WIDTH, longest - excess)
    folded = {label: folded_label(name, width) for label, name in short.items()}
    return _table(rows, folded, compared, std=False)


def _table(
    rows: Sequence[ModelRow], names: dict[str, str], compared: Comparison, *, std: bool
) -> Table:
    several = _are_ranked(compared)
    std = std and any(row.summary.accuracy and row.summary.accuracy.std is not None for row in rows)
    columns: list[tuple[str, Callable[[ModelRow], str]]] = [
        (_accuracy_heading(compared, std=std), lambda row: _accuracy(row, std=std))
    ]
    if several:
        columns.append(("Behind\nbest", lambda row: _behind(row, compared.models[0])))
    for name, metric in _COSTS:
        if any(row.summary.figure(metric) is not None for row in rows):
            columns.append((name, _cost(metric)))
    table = plain_table("Model", *(heading for heading, _ in columns), kept_whole=True)
    for row in rows:
        cells = (cell(row) for _, cell in columns)
        table.add_row(Text(names[row.label]), *cells, style=_style(row, several))
    return table


def _are_ranked(compared: Comparison) -> bool:
    """Tell whether one model is set against another; a smoke run says nothing of that."""
    return len(compared.models) > 1 and not compared.models[0].outcomes.dataset.quick


def _style(row: ModelRow, several: bool) -> str | None:
    if row.ranked is None:
        return "red"
    return "bold green" if several and row.ranked.place is Place.BEST else None


def _accuracy_heading(compared: Comparison, *, std: bool) -> str:
    mean = "Mean ± std" if std else "Mean"
    return f"{mean}, 95 % interval\n{population_of(compared)}"


def _accuracy(row: ModelRow, *, std: bool) -> str:
    """Write the mean, the standard deviation if there is room, and the interval."""
    spread = row.summary.accuracy
    if spread is None or row.ranked is None:
        return "failed" if row.summary.failed else formatting.ABSENT
    cell = formatting.percent(spread.mean)
    if len(row.summary.succeeded) < row.summary.trials_planned:
        cell = f"({trials_text(row.summary)} trials) {cell}"
    if std:
        deviation = f"± {formatting.points(spread.std)}"
        cell += f" {deviation:<6}"
    return f"{cell}  {formatting.bounds(row.ranked.uncertainty.interval):>11}"


def _behind(row: ModelRow, best: Ranked) -> str:
    """Write how far a model is behind the best: `best`, `tied 0.05`, `0.93`, `? 0.05`."""
    if row.ranked is None:
        return formatting.ABSENT
    if row.ranked.place is Place.BEST:
        return "best"
    word = {Place.NOT_WORSE: "tied ", Place.UNKNOWN: f"{_NOT_TESTED} "}.get(row.ranked.place, "")
    behind = best.uncertainty.mean - row.ranked.uncertainty.mean
    return f"{word}{formatting.points(behind)}"


def _cost(metric: Metric) -> Callable[[ModelRow], str]:
    return lambda row: formatting.amount(metric.unit, row.summary.figure(metric))


def _notes(
    record: RunRecord, summaries: Sequence[ModelSummary], compared: Comparison
) -> Iterator[str]:
    """Yield what the table needs to be read, and nothing more."""
    data = dataset_title(record.plan.dataset)
    trials = max(summary.trials_planned for summary in summaries)
    yield f"{data}; {trials} {'trial' if trials == 1 else 'trials'} of a model."
    yield " ".join(_column_notes(record, summaries, compared))
    for summary in summaries:
        if summary.published is not None:
            mean, source = summary.published.accuracy_mean, summary.published.source
            yield f"Published for {summary.planned.label}: {formatting.percent(mean)} % ({source})."
    yield from (*training_notes(record.plan), *sequential_notes(record))
    if disturbed := load_note(record):
        yield disturbed
    yield from ending_notes(record)


def _column_notes(
    record: RunRecord, summaries: Sequence[ModelSummary], compared: Comparison
) -> Iterator[str]:
    """Yield what the columns hold, in sentences that stand in one line if there is room."""
    places = {model.place for model in compared.models} if _are_ranked(compared) else set()
    if Place.NOT_WORSE in places:
        yield "tied: not significantly worse than the best."
    if Place.UNKNOWN in places:
        yield f"{_NOT_TESTED}: not tested against the best."
    if any(summary.accuracy and summary.accuracy.std is not None for summary in summaries):
        yield f"Std and differences are in points; std is over {spread_over(record.plan)}."
    elif places:
        yield "Differences are in points."
    once = [summary.planned.label for summary in summaries if summary.runs_once]
    if once and len(once) < len(summaries):
        named = ", ".join(once) if len(once) <= _MOST_NAMES else f"{len(once)} models"
        yield f"Deterministic, so run once: {named}."
    yield "--wide has every figure."
