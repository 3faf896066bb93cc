"""HTML: one file with everything, for any browser."""

from collections.abc import Sequence

from digitbench.report.formats import ReportSource
from digitbench.report.page import RunParts, report_page, runs_page

SUFFIXES = (".htm",)


def text(source: ReportSource) -> str:
    """Return the page."""
    images, calibrations = source.images(), source.calibrations()
    return report_page(
        source.record, images=images, calibrations=calibrations, computed=source.metrics()
    )


def runs_text(sources: Sequence[ReportSource]) -> str:
    """Return the page of several runs."""
    return runs_page(
        [
            RunParts(source.record, source.images(), source.calibrations(), source.metrics())
            for source in sources
        ]
    )
