"""JSON: the figures and every trial."""

from digitbench.report.document import run_document, to_json
from digitbench.report.formats import ReportSource


def text(source: ReportSource) -> str:
    """Return the document."""
    return to_json(run_document(source.record, source.metrics()))
