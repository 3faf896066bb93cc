"""`digitbench report`: a stored run as a page to look at, or as tables to paste."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
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
from digitbench.report.formats import FORMATS, known

if TYPE_CHECKING:
    from digitbench.types import RunRecord


@ends_with(
    "digitbench report --open",
    "digitbench report --output report.html",
    "digitbench report latest --format latex --output table.tex",
    see_also=("show", "compare"),
)
def report(
    run: RunArgument = "latest",
    format: Annotated[  # noqa: A002 (Typer names the option after it)
        str,
        typer.Option(
            "--format",
            "-f",
            metavar=f"<{'|'.join(FORMATS)}>",
            autocompletion=lambda: FORMATS,
            help="html: one file with everything, for any browser; md, csv, latex: the tables; "
            "json: the figures and every trial.",
        ),
    ] = "html",
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
    """Write a stored run's report: who is best, how sure that is, where models differ, the cost.

    The page needs no network; its script only sorts, filters, copies and saves. It draws the digits
    if the run's data set can be had.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.cli.streams import write_stdout
    from digitbench.display.browser import open_page
    from digitbench.workflows.files import write_file
    from digitbench.workflows.report import write_report
    from digitbench.workflows.stored import find_run, load_run

    known(format)
    path = find_run(runs_dir, run)
    record = load_run(path)
    target = _target(output, record, format)
    if open_:
        _check_can_open(target, format)
    with messages_shown() as messages:
        text = write_report(
            record,
            format,
            messages,
            path=path,
            data_dir=data_dir,
            offline=offline,
            plugin_files=plugin_files or (),
        )
        if target is None:
            write_stdout(text)
            return
        write_file(target, text)
        messages.info(f"report written to {target}")
        if open_ and not open_page(target):
            messages.warn(f"no browser was found: open {target} yourself")


def _target(output: str | None, record: "RunRecord", format: str) -> Path | None:  # noqa: A002
    """Return the file to write, checked before the work begins; None for stdout.

    Raises:
        UsageError: it cannot be one.
    """
    from digitbench.cli.streams import STDOUT
    from digitbench.workflows.files import check_writable

    if output == STDOUT or (output is None and format != "html"):
        return None
    target = written_path(output or f"{record.id}.html")
    check_writable(target)
    return target


def _check_can_open(target: Path | None, format: str) -> None:  # noqa: A002
    """Refuse to open what is no page in a file.

    Raises:
        UsageError: it is not.
    """
    if format != "html":
        raise UsageError(f"--open shows a page: leave out --format {format}")
    if target is None:
        raise UsageError("--open needs a file: name one with --output, or leave that out")
