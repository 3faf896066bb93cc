"""`digitbench report`: a stored run as a page to look at, or as tables to paste."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    OfflineOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
)
from digitbench.errors import UsageError
from digitbench.given import written_path

if TYPE_CHECKING:
    from rich.console import Console

    from digitbench.types import RunRecord


class ReportFormat(StrEnum):
    """What `--format` takes."""

    HTML = "html"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"
    LATEX = "latex"


def report(
    run: RunArgument = "latest",
    format: Annotated[  # noqa: A002 (Typer names the option after it)
        ReportFormat,
        typer.Option(
            "--format",
            "-f",
            help="html: one file with everything, for any browser; md, csv, latex: the tables; "
            "json: the figures and every trial.",
        ),
    ] = ReportFormat.HTML,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write; - is stdout. By default RUN.html here, and stdout for other "
            "formats.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Write a stored run's report: who is best, how sure that is, where models differ, the cost.

    The page needs no network and runs no scripts. It draws the digits if the run's data set can be
    had.
    """
    from digitbench.cli.console import messages_console
    from digitbench.cli.files import write_file, write_stdout
    from digitbench.store import find_run, read_run

    path = find_run(runs_dir, run)
    record = read_run(path)
    target = _target(output, record, format)
    messages = messages_console()
    if format is ReportFormat.HTML:
        text = _page(record, path, data_dir, messages, offline, tuple(plugin_file or ()))
    else:
        text = _text(record, format)
    if target is None:
        write_stdout(text)
        return
    write_file(target, text)
    messages.print(f"report written to {target}", style="dim", soft_wrap=True, markup=False)


def _target(output: str | None, record: "RunRecord", format: ReportFormat) -> Path | None:  # noqa: A002
    """Return the file to write, checked before the work begins; None for stdout.

    Raises:
        UsageError: it cannot be one.
    """
    from digitbench.cli.files import STDOUT, check_writable

    if output == STDOUT or (output is None and format is not ReportFormat.HTML):
        return None
    target = written_path(output or f"{record.id}.html")
    check_writable(target)
    return target


def _page(
    record: "RunRecord",
    path: Path,
    data_dir: Path | None,
    messages: "Console",
    offline: bool,
    plugin_files: tuple[Path, ...],
) -> str:
    from digitbench.analysis.calibration import calibrations
    from digitbench.cli.images import test_images
    from digitbench.report.page import report_page
    from digitbench.store import read_results

    images = test_images(
        record, data_dir=data_dir, offline=offline, messages=messages, plugin_files=plugin_files
    )
    found = {}
    if record.test_labels is not None:
        found = calibrations(read_results(path), record.test_labels)
    return report_page(record, images=images, calibrations=found)


def _text(record: "RunRecord", format: ReportFormat) -> str:  # noqa: A002
    """Return the run in a format other than HTML.

    Raises:
        UsageError: no trial succeeded, and there is nothing to put into tables.
    """
    from digitbench.analysis.sequential import compare_run
    from digitbench.report.document import run_document, to_json
    from digitbench.report.tables import report_text

    if format is ReportFormat.JSON:
        return to_json(run_document(record))
    comparison = compare_run(record)
    if not comparison.models:
        raise UsageError(f"no trial of {record.id} succeeded: there are no figures to tabulate")
    return report_text(record, comparison, format.value)
