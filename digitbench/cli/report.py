"""`digitbench report`: stored runs as a page to look at, or as tables to paste."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.completion import complete_runs
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
)
from digitbench.errors import UsageError
from digitbench.given import written_path
from digitbench.report.formats import FORMATS, known, of_suffix

if TYPE_CHECKING:
    from digitbench.types import RunRecord


@ends_with(
    "digitbench report --open",
    "digitbench report OLD NEW --output report.html",
    "digitbench report latest --output table.tex",
    see_also=("show", "compare"),
)
def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names or directories of runs, or 'latest', which is the default; several stand "
            "side by side.",
            metavar="RUN",
            autocompletion=complete_runs,
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002 (Typer names the option after it)
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar=f"<{'|'.join(FORMATS)}>",
            autocompletion=lambda: FORMATS,
            help="html: one file with everything, for any browser; md, csv, latex: the tables; "
            "json: the figures and every trial. By default what the name of --output ends with, or "
            "html.",
            show_default=False,
        ),
    ] = None,
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
    open_: Annotated[
        bool, typer.Option("--open", help="Open the page in a browser once it is written.")
    ] = False,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Write a report of runs: who is best, how sure that is, where models differ, the cost.

    The page needs no network; its script only sorts, filters, copies and saves. It draws the digits
    if the run's data set can be had.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.cli.streams import write_stdout
    from digitbench.display.browser import open_page
    from digitbench.workflows.files import write_file
    from digitbench.workflows.report import ReportData, write_report
    from digitbench.workflows.stored import find_runs, load_run

    format = known(format or _format_of(output))  # noqa: A001
    records = {path: load_run(path) for path in find_runs(runs_dir, runs or ["latest"])}
    target = _target(output, list(records.values()), format)
    if open_:
        _check_can_open(target, format)
    with messages_shown() as messages:
        data = ReportData(data_dir, offline, plugin_files or ())
        text = write_report(records, format, messages, data)
        if target is None:
            write_stdout(text)
            return
        write_file(target, text)
        messages.info(f"report written to {target}")
        if open_ and not open_page(target):
            messages.warn(f"no browser was found: open {target} yourself")


def _format_of(output: str | None) -> str:
    """Return the format that the name of a file means."""
    return (of_suffix(Path(output).suffix.lower()) if output else None) or "html"


def _target(
    output: str | None,
    records: "Sequence[RunRecord]",
    format: str,  # noqa: A002
) -> Path | None:
    """Return the file to write, checked before the work begins; None for stdout.

    Raises:
        UsageError: it cannot be one.
    """
    from digitbench.cli.streams import STDOUT
    from digitbench.workflows.files import check_writable

    if output == STDOUT or (output is None and format != "html"):
        return None
    others = f"-and-{len(records) - 1}-more" if len(records) > 1 else ""
    target = written_path(output or f"{records[0].id}{others}.html")
    check_writable(target)
    return target


def _check_can_open(target: Path | None, format: str) -> None:  # noqa: A002
    """Refuse to open what is no page in a file.

    Raises:
        UsageError: it is not.
    """
    if format != "html":
        raise UsageError(f"--open shows a page, and {format} is none: write html")
    if target is None:
        raise UsageError("--open needs a file: name one with --output, or leave that out")
