"""LaTeX: the tables, for papers."""

from digitbench.report.formats import ReportSource
from digitbench.report.tables.latex import latex_text

SUFFIXES = (".tex",)


def text(source: ReportSource) -> str:
    """Return the tables."""
    return latex_text(source.record, source.comparison())
