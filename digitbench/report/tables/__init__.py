"""A comparison as text to paste: into a pull request, a spreadsheet or a paper."""

from collections.abc import Callable
from enum import StrEnum

from digitbench.analysis.comparison import Comparison
from digitbench.report.tables.latex import latex_text
from digitbench.report.tables.markdown import markdown_text
from digitbench.report.tables.spreadsheet import csv_text
from digitbench.types import RunRecord


class TextFormat(StrEnum):
    """A format of `report_text`, by the name that `--format` takes."""

    MARKDOWN = "md"
    CSV = "csv"
    LATEX = "latex"


_WRITERS: dict[TextFormat, Callable[[RunRecord, Comparison], str]] = {
    TextFormat.MARKDOWN: markdown_text,
    TextFormat.CSV: csv_text,
    TextFormat.LATEX: latex_text,
}


def report_text(record: RunRecord, comparison: Comparison, fmt: str) -> str:
    r"""Return a run's models and their pairs as tables.

    Args:
        record: the run, read with its predictions.
        comparison: of the run's models that have a trial which succeeded.
        fmt: `md`, `csv` or `latex`.

    Returns:
        Text that ends with a newline. Lines of CSV end with `\r\n`, as RFC 4180 wants it: write
        them to a file that is opened with `newline=""`.

    Raises:
        ValueError: there is no such format.
    """
    return _WRITERS[TextFormat(fmt)](record, comparison)
