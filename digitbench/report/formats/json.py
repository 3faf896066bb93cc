"""JSON: the figures and every trial."""

from collections.abc import Sequence

from digitbench.analysis.across_runs import comparable_runs, several_runs
from digitbench.report.across_runs_document import several_runs_document
from digitbench.report.document import run_document, to_json
from digitbench.report.formats import ReportSource


def text(source: ReportSource) -> str:
    """Return the document."""
    return to_json(run_document(source.record, source.metrics()))


def runs_text(sources: Sequence[ReportSource]) -> str:
    """Return the document of several runs."""
    runs = several_runs([source.record for source in sources])
    computed = {run.letter: source.metrics() for run, source in zip(runs, sources, strict=True)}
    return to_json(several_runs_document(comparable_runs(runs), computed))
