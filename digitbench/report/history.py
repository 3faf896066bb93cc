"""A model's history over the runs as tables, and as a JSON document."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digitbench.analysis.history import HistoryEntry, HistoryStep, Series
from digitbench.metrics import Metric, View, shown
from digitbench.printable import printable
from digitbench.provenance import Fact
from digitbench.report import formatting
from digitbench.report.sparkline import sparkline

DOCUMENT_VERSION = 1

_UNBOUNDED_WIDTH = 10_000
_INDENT = 4
"""Columns that the number of a run takes."""


def history_tables(history: Sequence[Series], console: Console) -> RenderableType:
    """Return the tables of a model's series, each with the names of its runs and what changed.

    Names are never folded, because they are there to be copied: print it with `crop=False`.
    """
    parts: list[RenderableType] = []
    for series in history:
        parts += [_title(series), *_tables(series, console), "", *_runs(series), ""]
    return Group(*parts, *(Text(note, style="dim") for note in _notes(history)))


def history_document(model: str, history: Sequence[Series]) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes.

    Args:
        model: as it was asked for.
        history: its series.
    """
    return {
        "document_version": DOCUMENT_VERSION,
        "model": model,
        "series": [
            {
                "model": series.label,
                "dataset": series.dataset,
                "test_set": series.test_set,
                "runs": [_document(entry) for entry in series.entries],
            }
            for series in history
        ],
    }


@dataclass(frozen=True)
class _Column:
    heading: str
    cell: Callable[[HistoryEntry], str]


def _trials(entry: HistoryEntry) -> str:
    """Write how many trials succeeded, and of how many if not all did."""
    done, planned = len(entry.summary.succeeded), entry.summary.trials_planned
    return str(done) if done == planned else f"{done}/{planned}"


def _of_step(write: Callable[[HistoryStep], str]) -> Callable[[HistoryEntry], str]:
    return lambda entry: formatting.ABSENT if entry.step is None else write(entry.step)


def _accuracy(entry: HistoryEntry) -> str:
    all_failed = entry.summary.failed and not entry.summary.succeeded
    return "failed" if all_failed else formatting.percent(_mean(entry))


def _mean(entry: HistoryEntry) -> float | None:
    return entry.summary.accuracy.mean if entry.summary.accuracy else None


def _std(entry: HistoryEntry) -> float | None:
    return entry.summary.accuracy.std if entry.summary.accuracy else None


def _amount(metric: Metric, entry: HistoryEntry) -> str:
    return formatting.amount(metric.unit, entry.summary.figure(metric))


_ACCURACY_COLUMNS = (
    _Column("Date (UTC)", lambda entry: f"{entry.started_at:%Y-%m-%d %H:%M}"),
    _Column("Trials", _trials),
    _Column("Mean\n%", _accuracy),
    _Column("Std\npp", lambda e: formatting.points(_std(e))),
    _Column("Change\npp", _of_step(lambda step: formatting.signed_points(step.difference.mean))),
    _Column(
        "95 % interval\npp",
        _of_step(lambda step: formatting.signed_interval(step.difference.interval)),
    ),
    _Column("That is", _of_step(lambda step: step.movement.value)),
)
_COST_COLUMNS = tuple(
    _Column(metric.heading, partial(_amount, metric)) for metric in shown(View.BRIEF)
)


def _title(series: Series) -> Text:
    """Write which series it is, with a line of bars if there is something to see."""
    where = series.dataset
    if series.test_set is not None:
        where = f"{series.test_set}, trained on {series.dataset}"
    title = Text(printable(f"{series.label} on {where}"), style="bold")
    means = [_mean(entry) for entry in series.entries]
    known = [mean for mean in means if mean is not None]
    if len(known) > 1:
        ends = f"{formatting.percent(min(known))}\N{EN DASH}{formatting.percent(max(known))} %"
        title.append(f"  {sparkline(means)}  {ends}", style="not bold")
    return title


def _tables(series: Series, console: Console) -> list[Table]:
    """Return accuracy and cost in one table if it is not too wide, or else in two."""
    whole = _table(series, (*_ACCURACY_COLUMNS, *_COST_COLUMNS))
    unbounded = console.options.update(max_width=_UNBOUNDED_WIDTH)
    if Measurement.get(console, unbounded, whole).maximum <= console.width:
        return [whole]
    return [_table(series, columns) for columns in (_ACCURACY_COLUMNS, _COST_COLUMNS)]


def _table(series: Series, columns: Sequence[_Column]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, show_edge=False
    )
    for heading in ("#", *(column.heading for column in columns)):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, entry in enumerate(series.entries, start=1):
        cells = (Text(column.cell(entry)) for column in columns)
        style = None if entry.summary.succeeded else "red"
        table.add_row(str(number), *cells, style=style)
    return table


def _runs(series: Series) -> Iterator[RenderableType]:
    """Yield the names of the runs by number, each with what may explain its figures."""
    for number, entry in enumerate(series.entries, start=1):
        name = f"{number:>{_INDENT - 2}}  {printable(entry.run)}"
        yield Text(name, no_wrap=True, overflow="ignore")
        if remarks := [*map(_change, entry.changes), *_remarks(entry)]:
            yield Padding.indent(Text(printable("; ".join(remarks)), style="yellow"), _INDENT)


def _change(change: Fact) -> str:
    before, now = (_text(value) or "absent" for value in (change.then, change.now))
    return f"{change.what}: {before} \N{RIGHTWARDS ARROW} {now}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _remarks(entry: HistoryEntry) -> Iterator[str]:
    summary = entry.summary
    for run, count in summary.reused.items():
        yield f"{count} of {summary.trials_planned} trials reused from {run}"
    if summary.failed:
        yield f"{len(summary.failed)} of {summary.trials_planned} trials failed"


def _notes(history: Sequence[Series]) -> Iterator[str]:
    entries = [entry for series in history for entry in series.entries]
    if any(entry.step for entry in entries):
        yield (
            "Change: since the run before on the same data, with its 95 % interval over seeds, on "
            "this test set. One in twenty that are nothing but noise is called higher or lower."
        )
    if any(entry.changes for entry in entries):
        yield "Below each run: what was different from the run before (before → now)."


def _document(entry: HistoryEntry) -> dict[str, Any]:
    summary, step = entry.summary, entry.step
    low, high = (step and step.difference.interval) or (None, None)
    return {
        "run": entry.run,
        "started_at": f"{entry.started_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "options": summary.planned.options,
        "trials_planned": summary.trials_planned,
        "trials_failed": len(summary.failed),
        "trials": len(summary.succeeded),
        "accuracy_mean": _mean(entry),
        "accuracy_std": _std(entry),
        **{metric.figure_key: summary.figure(metric) for metric in shown(View.BRIEF)},
        "changes": [
            {"what": change.what, "before": _text(change.then), "now": _text(change.now)}
            for change in entry.changes
        ],
        "since": step and step.since,
        "difference": step and step.difference.mean,
        "difference_interval_low": low,
        "difference_interval_high": high,
        "movement": step and step.movement.value,
    }
