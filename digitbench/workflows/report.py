"""Stored runs as a page to look at, or as tables to paste."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digitbench.analysis.calibration import calibrations
from digitbench.analysis.comparison import Comparison
from digitbench.analysis.sequential import compare_run
from digitbench.errors import UsageError
from digitbench.report.formats import ReportSource, report_text, runs_text
from digitbench.store import read_results
from digitbench.types import Images, RunRecord
from digitbench.workflows.images import load_test_images
from digitbench.workflows.messages import Messages
from digitbench.workflows.metrics import compute_metrics


@dataclass(frozen=True)
class ReportData:
    """Where a report may look for test images and metrics.

    Attributes:
        data_dir: as `load_test_images` takes it, and so what follows.
        offline: never download.
        plugin_files: plugins in files, besides those that a run was made with.
    """

    data_dir: Path | None = None
    offline: bool = False
    plugin_files: Sequence[Path] = ()


def write_report(
    runs: Mapping[Path, RunRecord], name: str, messages: Messages, data: ReportData
) -> str:
    """Return a report of one or several runs as the text of a file.

    Args:
        runs: the runs by their directories, read with their predictions, in the report's order.
        name: of the format, such as `html`.
        messages: where it is said why digits cannot be drawn.
        data: where to look for test images and metrics.

    Raises:
        UsageError: there is no such format; no trial succeeded, and there is nothing to put into
            tables; or the runs do not go together.
    """
    load_images = _once_for_each_data_set(messages, data)
    sources = [_source(path, record, load_images, messages, data) for path, record in runs.items()]
    return report_text(sources[0], name) if len(sources) == 1 else runs_text(sources, name)


def _source(
    path: Path,
    record: RunRecord,
    load_images: Callable[[RunRecord], Images | None],
    messages: Messages,
    data: ReportData,
) -> ReportSource:
    def comparison() -> Comparison:
        found = compare_run(record)
        if not found.models:
            raise UsageError(f"no trial of {record.id} succeeded: there are no figures to tabulate")
        return found

    return ReportSource(
        record,
        comparison=comparison,
        images=lambda: load_images(record),
        calibrations=lambda: (
            {}
            if record.test_labels is None
            else calibrations(read_results(path), record.test_labels)
        ),
        metrics=partial(compute_metrics, record, messages, plugin_files=data.plugin_files),
    )


def _once_for_each_data_set(
    messages: Messages, data: ReportData
) -> Callable[[RunRecord], Images | None]:
    """Return a function that loads a run's test images, or tells why it cannot, once for all runs.

    Runs of the same data share them.
    """
    loaded: dict[str, Images | None] = {}

    def load(record: RunRecord) -> Images | None:
        fingerprint = record.plan.dataset.fingerprint
        if fingerprint not in loaded:
            loaded[fingerprint] = load_test_images(
                record,
                data_dir=data.data_dir,
                offline=data.offline,
                messages=messages,
                plugin_files=data.plugin_files,
            )
        return loaded[fingerprint]

    return load
