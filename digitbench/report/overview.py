"""What a run comes to, on one screen: the verdict, one table, and how to read it.

`comparison.py` shows every figure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

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
from digitbench.report.headline import PLACE_WORDS, are_ranked, headline
from digitbench.report.labels import folded_label, short_labels
from digitbench.report.load import load_note
from digitbench.report.opening import failure_lines, headline_lines
from digitbench.report.plain_tables import natural_width, plain_table
from digitbench.report.populations import population_of
from digitbench.report.sequential import sequential_notes
from digitbench.report.tables.figures import ModelRow, model_rows
from digitbench.report.training import spread_over, training_notes
from digitbench.types import RunRecord

_COSTS = (("Fit", FIT), ("Latency", LATENCY), ("Size", SIZE))
_MOST_NAMES = 3
_LEAST_LABEL_WIDTH = 12
_MOST_SPACED = 6
"""Models up to which blank lines and notes in lines of their own leave all on one screen."""


def overview(record: RunRecord, console: Console) -> RenderableType:
    """Return what a run comes to: the verdict, the trials that failed, one table, a few notes.

    The table has at most six columns. Labels are whole where the console has room for them, and
    else short. With many models there is no line without words, and the notes are one paragraph, so
    that all of it is on one screen.
    """
    compared = compare_run(record)
    rows = model_rows(record, compared)
    summaries = [row.summary for row in rows]
    table, has_std = _fitting_table(rows, compared, console)
    notes = list(_notes(record, summaries, compared, has_std=has_std))
    notes += [note.plain for note in reuse_notes(summaries)]
    spaced = _is_spaced(rows)
    paragraphs = notes if spaced else [" ".join(map(_sentence, notes))]
    blank = [""] if spaced else []
    return Group(
        *headline_lines(headline(summaries, compared)),
        *failure_lines(summaries),
        *blank,
        table,
        *blank,
        *(Text(printable(note), style="dim") for note in paragraphs),
    )


def _is_spaced(rows: Sequence[ModelRow]) -> bool:
    """Tell whether lines are spent on the look alone."""
    return len(rows) <= _MOST_SPACED


def _sentence(note: str) -> str:
    return note if note.endswith((".", ")")) else f"{note}."


def _fitting_table(
    rows: Sequence[ModelRow], compared: Comparison, console: Console
) -> tuple[Table, bool]:
    """Return the table with as much as has room, and whether it has the standard deviation.

    There may be room for it, for whole labels, and for two spaces between columns.
    """
    labels = [row.label for row in rows]
    whole = {label: printable(label) for label in labels}
    short = {label: printable(name) for label, name in short_labels(labels).items()}
    for names, std in ((whole, True), (short, True), (whole, False), (short, False)):
        table = _table(rows, names, compared, std=std)
        if natural_width(table, console) <= console.width:
            return table, std
    table = _table(rows, short, compared, std=False, gap=1)
    excess = natural_width(table, console) - console.width
    if excess <= 0:
        return table, False
    longest = max(map(cell_len, short.values()))
    width = max(_LEAST_LABEL_WIDTH, longest - excess)
    folded = {label: folded_label(name, width) for label, name in short.items()}
    return _table(rows, folded, compared, std=False, gap=1), False


def _table(
    rows: Sequence[ModelRow],
    names: dict[str, str],
    compared: Comparison,
    *,
    std: bool,
    gap: int = 2,
) -> Table:
    several = are_ranked(compared)
    std = std and _have_std(row.summary for row in rows)
    heading = f"Mean{' ± std' if std else ''}, 95 % interval"
    columns: list[tuple[str, Callable[[ModelRow], str]]] = [
        (heading, lambda row: _accuracy(row, std=std))
    ]
    if several:
        columns.append(("Behind, pp", lambda row: _behind(row, compared.models[0])))
    for name, metric in _COSTS:
        if any(row.summary.figure(metric) is not None for row in rows):
            columns.append((name, _cost(metric)))
    headings = (heading for heading, _ in columns)
    table = plain_table("Model", *headings, kept_whole=True, gap=gap, ruled=_is_spaced(rows))
    for row in rows:
        cells = (cell(row) for _, cell in columns)
        table.add_row(Text(names[row.label]), *cells, style=_style(row, several))
    return table


def _have_std(summaries: Iterable[ModelSummary]) -> bool:
    return any(summary.accuracy and summary.accuracy.std is not None for summary in summaries)


def _style(row: ModelRow, several: bool) -> str | None:
    if row.ranked is None:
        return "red"
    return "bold green" if several and row.ranked.place is Place.BEST else None


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
    """Write how far a model is behind the best: `best`, `tied 0.05`, `0.93`, `not tested`."""
    if row.ranked is None:
        return formatting.ABSENT
    word = PLACE_WORDS[row.ranked.place]
    if row.ranked.place in {Place.BEST, Place.UNKNOWN}:
        return word
    behind = formatting.points(best.uncertainty.mean - row.ranked.uncertainty.mean)
    return f"{word} {behind}" if row.ranked.place is Place.NOT_WORSE else behind


def _cost(metric: Metric) -> Callable[[ModelRow], str]:
    return lambda row: formatting.amount(metric.unit, row.summary.figure(metric))


def _notes(
    record: RunRecord,
    summaries: Sequence[ModelSummary],
    compared: Comparison,
    *,
    has_std: bool,
) -> Iterator[str]:
    """Yield what the table needs to be read, and nothing more."""
    yield f"{dataset_title(record.plan.dataset)}; {_trials(summaries)}."
    spread = spread_over(record.plan) if has_std and _have_std(summaries) else ""
    yield " ".join(_column_notes(compared, spread))
    for summary in summaries:
        if summary.published is not None:
            mean, source = summary.published.accuracy_mean, summary.published.source
            yield f"Published for {summary.planned.label}: {formatting.percent(mean)} % ({source})."
    yield from (*training_notes(record.plan), *sequential_notes(record))
    if disturbed := load_note(record):
        yield disturbed
    yield from ending_notes(record)


def _trials(summaries: Sequence[ModelSummary]) -> str:
    """Say how many trials there are of a model, and which models have only one."""
    trials = max(summary.trials_planned for summary in summaries)
    text = f"{trials} {'trial' if trials == 1 else 'trials'} of a model"
    once = [summary.planned.label for summary in summaries if summary.runs_once]
    if not once or len(once) == len(summaries):
        return text
    if len(once) > _MOST_NAMES:
        return f"{text}, 1 of the {len(once)} deterministic ones"
    return f"{text}, 1 of the deterministic {', '.join(once)}"


def _column_notes(compared: Comparison, spread: str) -> Iterator[str]:
    """Yield what the columns hold, in sentences that stand in one line if there is room.

    Args:
        compared: the models that have a trial that succeeded.
        spread: over what the standard deviation is; empty if the table has none.
    """
    if any(model.uncertainty.interval for model in compared.models):
        yield f"Intervals: {population_of(compared)}."
    if spread:
        yield f"Std: in points, over {spread}."
    if are_ranked(compared) and any(m.place is Place.NOT_WORSE for m in compared.models):
        yield f"{PLACE_WORDS[Place.NOT_WORSE]}: not significantly worse than the best."
    yield "--wide has every figure."
