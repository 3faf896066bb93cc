"""The runs there are, a row or a few lines each, and as a JSON document."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.sequential import compare_run
from digitbench.errors import DigitbenchError, one_line
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.headline import short_verdict
from digitbench.types import RunRecord

DOCUMENT_VERSION = 1

_FOLDED_WIDTH = 24
"""Columns in which models or a verdict can be read with ease; with less, runs are stacked."""
_INDENT = 2


@dataclass(frozen=True, eq=False)
class RunRow:
    """A run of a list.

    Attributes:
        name: the run directory's name.
        record: the run; None if it is damaged.
        comparison: its models compared; None if no trial succeeded.
        error: what is wrong with the run, or why its models cannot be compared, in one line; None
            if all is well.
    """

    name: str
    record: RunRecord | None = None
    comparison: Comparison | None = None
    error: str | None = None

    @property
    def verdict(self) -> str | None:
        """What the run comes to, in a few words; None if no trial succeeded."""
        return None if self.comparison is None else short_verdict(self.comparison)


def run_row(path: Path, found: RunRecord | DigitbenchError) -> RunRow:
    """Return the row of a run.

    Args:
        path: the run's directory.
        found: the run, read with its predictions; or why it could not be read.
    """
    if isinstance(found, DigitbenchError):
        said = str(found).replace(f"{path}{os.sep}", "")
        return RunRow(path.name, error=" ".join(said.split()))
    try:
        comparison = compare_run(found)
    except Exception as error:  # one run that is not understood must not hide the others
        return RunRow(path.name, found, error=f"cannot be compared: {one_line(error)}")
    return RunRow(path.name, found, comparison if comparison.models else None)


def row_texts(row: RunRow) -> dict[str, str]:
    """Return the texts of a row by the headings of their columns."""
    return {column.heading: column.cell(row) for column in _COLUMNS}


def runs_table(rows: Sequence[RunRow], console: Console) -> RenderableType:
    """Return a list of runs: a table if the console is wide enough for one, or else stacked.

    Names are never folded, because they are there to be copied: print it with `crop=False`.
    """
    width = sum(
        _FOLDED_WIDTH if column.folds else max(cell_len(text) for text in column.texts(rows))
        for column in _COLUMNS
    )
    if width + 2 * len(_COLUMNS) <= console.width:
        return _table(rows)
    return Group(*(line for row in rows for line in _stacked(row)))


def runs_document(rows: Sequence[RunRow], total: int) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes.

    Args:
        rows: the runs that are shown.
        total: how many there are.
    """
    return {
        "document_version": DOCUMENT_VERSION,
        "total": total,
        "runs": [_document(row) for row in rows],
    }


@dataclass(frozen=True)
class _Column:
    heading: str
    cell: Callable[[RunRow], str]
    folds: bool = False

    def texts(self, rows: Sequence[RunRow]) -> list[str]:
        return [self.heading, *map(self.cell, rows)]


def _of_record(write: Callable[[RunRecord], str]) -> Callable[[RunRow], str]:
    """Make the cell of a column that a damaged run leaves empty."""
    return lambda row: "" if row.record is None else write(row.record)


def _trials(record: RunRecord) -> int:
    """Return how many trials its models have: one, if each is deterministic."""
    return max(record.plan.trials_of(model) for model in record.plan.models)


def _status(record: RunRecord) -> str:
    """Write a run's status, and what is amiss with its trials."""
    parts: list[str] = [record.status]
    planned = record.plan.trial_count
    if len(record.results) != planned:
        parts.append(f"{len(record.results)} of {planned}")
    if record.failed:
        parts.append(f"{len(record.failed)} failed")
    return ", ".join(parts)


def _data(record: RunRecord) -> str:
    """Write the name of the data set; that of a smoke run is marked."""
    dataset = record.plan.dataset
    return printable(f"{dataset.name}, quick" if dataset.quick else dataset.name)


def _models(record: RunRecord) -> str:
    return printable(", ".join(model.label for model in record.plan.models))


def _told(row: RunRow) -> str:
    """Write the verdict, or why there is none."""
    if row.record is None or row.error is not None:
        return printable(row.error or "")
    if row.comparison is not None and row.verdict is not None:
        models = row.comparison.models
        if len(models) == 1 or row.record.plan.dataset.quick:
            return printable(row.verdict)
        highest = formatting.percent(max(model.uncertainty.mean for model in models))
        return printable(f"{row.verdict}; highest mean {highest} %")
    return "no trial succeeded" if row.record.results else "no trial has ended"


_COLUMNS = (
    _Column("Date (UTC)", _of_record(lambda record: f"{record.started_at:%Y-%m-%d %H:%M}")),
    _Column("Run", lambda row: printable(row.name)),
    _Column("Models", _of_record(_models), folds=True),
    _Column("Trials", _of_record(lambda record: str(_trials(record)))),
    _Column("Data", _of_record(_data)),
    _Column("Status", lambda row: _status(row.record) if row.record else "damaged"),
    _Column("Verdict", _told, folds=True),
)


def _table(rows: Sequence[RunRow]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, show_edge=False
    )
    for column in _COLUMNS:
        table.add_column(column.heading, overflow="fold", no_wrap=not column.folds)
    for row in rows:
        table.add_row(*(Text(column.cell(row)) for column in _COLUMNS), style=_style(row))
    return table


def _stacked(row: RunRow) -> list[RenderableType]:
    """Return a run as its name with some lines below."""
    name = Text(printable(row.name), style="bold", no_wrap=True, overflow="ignore")
    lines = [_told(row)]
    if row.record is None:
        lines = [f"damaged: {lines[0]}"]
    else:
        n_trials = _trials(row.record)
        facts = (
            f"{row.record.started_at:%Y-%m-%d %H:%M} UTC",
            _data(row.record),
            f"{n_trials} {'trial' if n_trials == 1 else 'trials'}",
            _status(row.record),
        )
        lines = [", ".join(facts), _models(row.record), *lines]
    below = (Padding.indent(Text(line, style=_style(row) or ""), _INDENT) for line in lines)
    return [name, *below]


def _style(row: RunRow) -> str | None:
    return None if row.error is None else "red"


def _document(row: RunRow) -> dict[str, Any]:
    facts = {} if row.record is None else _facts(row.record, row.comparison)
    return {
        "run": row.name,
        **dict.fromkeys(_FACTS),
        **facts,
        "verdict": row.verdict,
        "error": row.error,
    }


_FACTS = (
    "status",
    "started_at",
    "finished_at",
    "dataset",
    "trials",
    "trials_planned",
    "trials_finished",
    "trials_failed",
    "models",
)


def _facts(record: RunRecord, comparison: Comparison | None) -> dict[str, Any]:
    times = record.model_dump(mode="json", include={"started_at", "finished_at"})
    ranked = {model.outcomes.label: model for model in comparison.models} if comparison else {}
    return {
        "status": record.status,
        **times,
        "dataset": record.plan.dataset.model_dump(
            include={"name", "fingerprint", "canonical", "quick"}
        ),
        "trials": record.plan.trials,
        "trials_planned": record.plan.trial_count,
        "trials_finished": len(record.results),
        "trials_failed": len(record.failed),
        "models": [_model(planned.label, ranked) for planned in record.plan.models],
    }


def _model(label: str, ranked: Mapping[str, Ranked]) -> dict[str, Any]:
    model = ranked.get(label)
    return {
        "model": label,
        "place": model.place.value if model else None,
        "accuracy_mean": model.uncertainty.mean if model else None,
    }
