"""CSV: the tables, for spreadsheets."""

from digitbench.report.formats import ReportSource
from digitbench.report.tables.spreadsheet import csv_text


def text(source: ReportSource) -> str:
    """Return the tables."""
    return csv_text(source.record, source.comparison(), source.metrics())
