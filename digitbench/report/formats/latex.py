"""LaTeX: the tables, for papers."""

from digitbench.report.formats import Source
from digitbench.report.tables.latex import latex_text

SUFFIXES = (".tex",)


def text(source: Source) -> str:
    """Return the tables."""
    return latex_text(source.record, source.comparison())
