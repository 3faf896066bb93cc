"""HTML: one file with everything, for any browser."""

from digitbench.report.formats import ReportSource
from digitbench.report.page import report_page

SUFFIXES = (".htm",)


def text(source: ReportSource) -> str:
    """Return the page."""
    images, calibrations = source.images(), source.calibrations()
    return report_page(
        source.record, images=images, calibrations=calibrations, computed=source.metrics()
    )
