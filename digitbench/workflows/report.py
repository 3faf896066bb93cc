"""A stored run as a page to look at, or as tables to paste."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from digitbench.analysis.calibration import calibrations
from digitbench.analysis.comparison import Comparison
from digitbench.analysis.sequential import compare_run
from digitbench.errors import UsageError
from digitbench.report.formats import ReportSource, report_text
from digitbench.store import read_results
from digitbench.types import RunRecord
from digitbench.workflows.images import load_test_images
from digitbench.workflows.messages import Messages
from digitbench.workflows.metrics import compute_metrics


def write_report(
    record: RunRecord,
    name: str,
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
        name: of the format, such as `html`.
        messages: where it is said why digits cannot be drawn.
        path: the run's directory, for the probabilities.
        data_dir: as `load_test_images` takes it, and so what follows.
        offline: never download.
        plugin_files: plugins in files, besides those that the run was made with.

    Raises:
        UsageError: there is no such format; or no trial succeeded, and there is nothing to put
            into tables.
    """

    def comparison() -> Comparison:
        found = compare_run(record)
        if not found.models:
            raise UsageError(f"no trial of {record.id} succeeded: there are no figures to tabulate")
        return found

    source = ReportSource(
        record,
        comparison=comparison,
        images=lambda: load_test_images(
            record, data_dir=data_dir, offline=offline, messages=messages, plugin_files=plugin_files
        ),
        calibrations=lambda: (
            {}
            if record.test_labels is None
            else calibrations(read_results(path), record.test_labels)
        ),
        metrics=partial(compute_metrics, record, messages, plugin_files=plugin_files),
    )
    return report_text(source, name)
