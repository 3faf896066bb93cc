"""The comparison of a run's models with every figure, as Rich tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.significance import THIS_TEST_SET
from digitbench.analysis.summary import ModelSummary, Spread
from digitbench.metrics import LATENCY, Metric, View, shown
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.headline import PLACE_WORDS, are_ranked, headline, place_words
from digitbench.report.labels import short_labels
from digitbench.report.load import load_note
from digitbench.report.opening import failure_lines, headline_lines
from digitbench.report.plain_tables import plain_table, that_fit
from digitbench.report.populations import allows_for, population_of
from digitbench.report.sequential import sequential_notes
from digitbench.report.tables.figures import model_rows
from digitbench.report.training import spread_note, training_notes
from digitbench.report.verdicts import summary_sentences
from digitbench.types import RunRecord


@dataclass(frozen=True)
class ComparisonColumn:
    """A column of the comparison.

    Attributes:
        heading: what it holds.
        cell: writes a row's figure.
        spare: whether it is left out where there is little room.
    """

    heading: str
    cell: Callable[[ModelSummary], str | Text]
    spare: bool = False


def comparison(record: RunRecord, console: Console) -> RenderableType:
    """Return every figure of a run's models, below the verdict, with what is to be said of it.

    As few tables, one above the other, as the console's width allows: all in one; accuracy and
    cost; or accuracy, time and space. The interval for this test set is there where it has
    room beside the others. The models are in the order of their mean accuracy.
    """
    compared = compare_run(record)
    rows = [row.summary for row in model_rows(record, compared)]
    accuracy = _accuracy_columns(rows, compared)
    time, space = (_cost_columns(rows, is_space=is_space) for is_space in (False, True))
    short = [column for column in accuracy if not column.spare]
    whole = {row.planned.label: row.planned.label for row in rows}
    layouts = (
        (whole, (accuracy + time + space,)),
        (whole, (accuracy, time + space)),
        (whole, (short, time + space)),
        (whole, (short, time, space)),
        (short_labels(whole), (short, time, space)),
    )
    tables = that_fit(
        console,
        (
            [_table(rows, names, columns) for columns in layout if columns]
            for names, layout in layouts
        ),
    )
    parts = [part for table in tables for part in ("", table)]
    is_spare = any(column.header == _TEST_SET_COLUMN.heading for column in tables[0].columns)
    notes = _notes(record, rows, compared, interval=is_spare)
    return Group(
        *headline_lines(headline(rows, compared)),
        *failure_lines(rows),
        "",
        _title(record),
        *parts,
        "",
        *_verdicts(record, compared),
        *notes,
    )


def _accuracy_columns(rows: Sequence[ModelSummary], compared: Comparison) -> list[ComparisonColumn]:
    """Return the columns about accuracy: words, mean, what is sure of it, and the paper's."""
    ranked = {model.outcomes.label: model for model in compared.models}

    words = place_words(compared)

    def interval(row: ModelSummary) -> str:
        model = ranked.get(row.planned.label)
        return formatting.bounds(model.uncertainty.interval if model else None)

    columns = [_TRIALS_COLUMN, _MEAN_COLUMN]
    if are_ranked(compared):
        columns.append(ComparisonColumn("", lambda row: words.get(row.planned.label, "")))
    columns.append(ComparisonColumn(f"95 % interval\n{population_of(compared)}", interval))
    if any(row.accuracy and row.accuracy.interval for row in rows):
        columns.append(_TEST_SET_COLUMN)
    columns += _SPREAD_COLUMNS
    if any(row.published for row in rows):
        columns.append(_PAPER_COLUMN)
    return columns


def _verdicts(record: RunRecord, compared: Comparison) -> list[RenderableType]:
    """Say what holds of the pairs of models that matter most, if there is anything to compare."""
    if record.plan.dataset.quick or len(compared.models) < 2:  # noqa: PLR2004 (a pair)
        return []
    sentences = summary_sentences(compared)
    return [*(Text(printable(sentence)) for sentence in sentences), ""]


def reuse_notes(rows: Sequence[ModelSummary]) -> list[Text]:
    """Return one line for each model and earlier run that trials were taken from."""
    return [
        Text(
            f"{printable(row.planned.label)}: {count} of {row.trials_planned} "
            f"{'trial' if row.trials_planned == 1 else 'trials'} reused from {run}",
            style="dim",
        )
        for row in rows
        for run, count in row.reused.items()
    ]


def _cost_columns(rows: Sequence[ModelSummary], *, is_space: bool) -> list[ComparisonColumn]:
    """Return the columns of time or space that hold a figure, which in an older run may be few."""
    return [
        ComparisonColumn(metric.heading, partial(_figure, metric))
        for metric in shown(View.TABLE)
        if metric.is_space is is_space and any(row.figure(metric) is not None for row in rows)
    ]


def _figure(metric: Metric, row: ModelSummary) -> str:
    return formatting.amount(metric.unit, row.figure(metric))


def _title(record: RunRecord) -> Text:
    return Text(printable(dataset_title(record.plan.dataset)), style="bold")


def _table(
    rows: Sequence[ModelSummary], names: Mapping[str, str], columns: Sequence[ComparisonColumn]
) -> Table:
    table = plain_table("Model", *(column.heading for column in columns), kept_whole=True)
    for row in rows:
        style = None if row.succeeded else "red"
        cells = (column.cell(row) for column in columns)
        table.add_row(Text(printable(names[row.planned.label])), *cells, style=style)
    return table


def _of_spread(
    name: str, write: Callable[[float | None], str], figure: Callable[[Spread], float | None]
) -> ComparisonColumn:
    """Make a column of one figure of the accuracy."""
    return ComparisonColumn(name, lambda row: write(figure(row.accuracy) if row.accuracy else None))


def trials_text(row: ModelSummary) -> str:
    """Write how many trials a row stands for: `5`, `3/5` if some are missing, `1 det.`."""
    done = len(row.succeeded)
    if done < row.trials_planned:
        return f"{done}/{row.trials_planned}"
    return f"{done} det." if row.runs_once else str(done)


def _mean(row: ModelSummary) -> str:
    """Write the mean accuracy; `failed` where every trial so far has."""
    if row.accuracy is None:
        return "failed" if row.failed else formatting.ABSENT
    return formatting.percent(row.accuracy.mean)


def _notes(
    record: RunRecord, rows: Sequence[ModelSummary], compared: Comparison, *, interval: bool
) -> list[RenderableType]:
    lines = _place_notes(compared)
    if any(model.uncertainty.interval for model in compared.models):
        lines.append(allows_for(population_of(compared)))
    if any(row.accuracy and row.accuracy.interval for row in rows):
        lines.append(spread_note(record.plan, interval=interval))
    lines.extend((*training_notes(record.plan), *sequential_notes(record)))
    lines.extend(_time_notes(record, rows))
    if any(row.runs_once for row in rows):
        lines.append("det.: the model is deterministic, so it is run once.")
    sources = dict.fromkeys(row.published.source for row in rows if row.published)
    lines.extend(f"Paper: mean of {source}." for source in sources)
    if record.test_groups is not None and compared.models:
        lines.append(f"Errors by {record.test_groups.name}: digitbench writers.")
    lines.extend(ending_notes(record))
    dim = [Text(line, style="dim") for line in lines]
    return [*dim, *reuse_notes(rows)]


def ending_notes(record: RunRecord) -> list[str]:
    """Say that the trials shown are not all; nothing of a run that is complete."""
    if record.status == "interrupted":
        return ["The run was interrupted; the trials that finished are shown."]
    if record.status == "running":
        return ["The run has not finished; the trials so far are shown."]
    return []


def _place_notes(compared: Comparison) -> list[str]:
    """Explain the words that the table has."""
    if not are_ranked(compared) or not any(
        model.place is Place.NOT_WORSE for model in compared.models
    ):
        return []
    word, where = PLACE_WORDS[Place.NOT_WORSE], population_of(compared)
    return [f"{word}: not significantly worse than the best ({where})."]


def _time_notes(record: RunRecord, rows: Sequence[ModelSummary]) -> list[str]:
    """Say what the times need to be read rightly."""
    plan = record.plan
    threads = sorted({trial.spec.threads for row in rows for trial in row.succeeded})
    lines = []
    if any(row.figure(LATENCY) is not None for row in rows):
        lines.append("Latency: of predicting a single image, median and 95th percentile.")
    if plan.jobs > 1 and threads:
        counts = " or ".join(map(str, threads))
        lines.append(
            f"Times are of trials that ran {plan.jobs} at a time, on {counts} "
            f"{'thread' if threads == [1] else 'threads'} each."
        )
    elif len(threads) > 1:
        counts = " and ".join(map(str, threads))
        lines.append(f"Times are of trials with different numbers of threads ({counts}).")
    disturbed = load_note(record)
    return lines if disturbed is None else [*lines, disturbed]


_TRIALS_COLUMN = ComparisonColumn("Trials", trials_text)
_MEAN_COLUMN = ComparisonColumn("Mean\n%", _mean)
_TEST_SET_COLUMN = ComparisonColumn(
    f"95 % interval\n{THIS_TEST_SET}", lambda row: formatting.interval(row.accuracy), spare=True
)
_SPREAD_COLUMNS = (
    _of_spread("Std\npp", formatting.points, lambda accuracy: accuracy.std),
    _of_spread("Min\n%", formatting.percent, lambda accuracy: accuracy.minimum),
    _of_spread("Max\n%", formatting.percent, lambda accuracy: accuracy.maximum),
)
_PAPER_COLUMN = ComparisonColumn(
    "Paper\n%",
    lambda row: formatting.percent(row.published.accuracy_mean if row.published else None),
)
