"""The progress bars of downloads, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from digitbench.types import DownloadProgress


@contextmanager
def download_bars(console: Console) -> Iterator[DownloadProgress]:
    """Show one bar per file; the block gets what a loader calls while it downloads.

    On a console that is no terminal nothing is shown.
    """
    tasks: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_terminal,
    ) as bars:

        def show(file: str, received_bytes: int, total_bytes: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total_bytes)
            bars.update(tasks[file], completed=received_bytes, total=total_bytes)

        yield show
