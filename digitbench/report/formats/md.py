"""Markdown: the tables, for pull requests."""

from digitbench.report.formats import ReportSource
from digitbench.report.tables.markdown import markdown_text

SUFFIXES = (".markdown",)


def text(source: ReportSource) -> str:
    """Return the tables."""
    return markdown_text(source.record, source.comparison())
