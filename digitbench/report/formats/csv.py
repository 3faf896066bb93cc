"""CSV: the tables, for spreadsheets."""

from collections.abc import Sequence

from digitbench.report.formats import ReportSource
from digitbench.report.tables.spreadsheet import RunTable, runs_csv


def text(source: ReportSource) -> str:
    """Return the tables."""
    return runs_text([source])


def runs_text(sources: Sequence[ReportSource]) -> str:
    """Return the tables of several runs, one after the other; each row names its run."""
    return runs_csv(
        [RunTable(source.record, source.comparison(), source.metrics()) for source in sources]
    )
