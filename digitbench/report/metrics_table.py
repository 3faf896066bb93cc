"""The metrics of plugins in a run, as a table of models by metrics."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.metrics import FRACTION, Computed, Metric
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.plain_tables import plain_table
from digitbench.types import RunRecord


def metrics_table(record: RunRecord, computed: Computed) -> Table:
    """Return the table for the terminal: a row for each model, in the order of the plan."""
    table = plain_table("Model", *map(printable, metric_headings(computed)))
    for row in summarise(record, computed):
        cells = (Text(printable(cell)) for cell in metric_cells(row, computed.metrics))
        table.add_row(Text(printable(row.planned.label)), *cells)
    return table


def metric_headings(computed: Computed) -> list[str]:
    """Return the heading of each metric, with its unit."""
    units = ("%" if metric.unit == FRACTION else metric.unit for metric in computed.metrics)
    return [
        f"{metric.heading}, {unit}" if unit else metric.heading
        for metric, unit in zip(computed.metrics, units, strict=True)
    ]


def metric_cells(row: ModelSummary, metrics: Sequence[Metric]) -> list[str]:
    """Write each metric of a model: its mean over trials, and their standard deviation."""
    return [_cell(row, metric) for metric in metrics]


def _cell(row: ModelSummary, metric: Metric) -> str:
    found = row.spread(metric)
    text = formatting.amount(metric.unit, found.mean if found else None)
    if found is None or found.std is None:
        return text
    return f"{text} \N{PLUS-MINUS SIGN} {formatting.amount(metric.unit, found.std)}"
