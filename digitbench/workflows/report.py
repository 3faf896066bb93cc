"""A stored run as a page to look at, or as tables to paste."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.analysis.calibration import calibrations
from digitbench.analysis.sequential import compare_run
from digitbench.errors import UsageError
from digitbench.report.document import run_document, to_json
from digitbench.report.page import report_page
from digitbench.report.tables import report_text
from digitbench.store import read_results
from digitbench.types import RunRecord
from digitbench.workflows.images import load_test_images
from digitbench.workflows.messages import Messages
from digitbench.workflows.report_formats import ReportFormat


def write_report(
    record: RunRecord,
    format: ReportFormat,  # noqa: A002 (as the option is called)
    messages: Messages,
    *,
    path: Path,
    data_dir: Path | None = None,
    offline: bool = False,
    plugin_files: Sequence[Path] = (),
) -> str:
    """Return a report as the text of a file.

    Args:
        record: the run, read with its predictions.
        format: what to write.
        messages: where it is said why digits cannot be drawn.
        path: the run's directory, for the probabilities.
        data_dir: as `load_test_images` takes it, and so what follows.
        offline: never download.
        plugin_files: plugins in files, besides those that the run was made with.

    Raises:
        UsageError: no trial succeeded, and there is nothing to put into tables.
    """
    if format is ReportFormat.JSON:
        return to_json(run_document(record))
    if format is ReportFormat.HTML:
        images = load_test_images(
            record, data_dir=data_dir, offline=offline, messages=messages, plugin_files=plugin_files
        )
        labels = record.test_labels
        found = {} if labels is None else calibrations(read_results(path), labels)
        return report_page(record, images=images, calibrations=found)
    comparison = compare_run(record)
    if not comparison.models:
        raise UsageError(f"no trial of {record.id} succeeded: there are no figures to tabulate")
    return report_text(record, comparison, format.value)
