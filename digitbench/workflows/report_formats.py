"""What a report can be written as."""

from enum import StrEnum


class ReportFormat(StrEnum):
    """A format, by the name that `--format` takes."""

    HTML = "html"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"
    LATEX = "latex"
