"""Markdown: the tables, for pull requests."""

from collections.abc import Sequence

from digitbench.report.formats import ReportSource
from digitbench.report.tables.markdown import markdown_text
from digitbench.report.tables.markdown_runs import markdown_runs

SUFFIXES = (".markdown",)


def text(source: ReportSource) -> str:
    """Return the tables."""
    return markdown_text(source.record, source.comparison())


def runs_text(sources: Sequence[ReportSource]) -> str:
    """Return the tables that several runs have in common."""
    return markdown_runs([source.record for source in sources])
