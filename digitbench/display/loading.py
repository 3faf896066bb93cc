"""Progress bars of loaders, on stderr: for downloads, and for what is made or read."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)


class LoadingBars:
    """A bar per file that is downloaded, and one per other work."""

    def __init__(self, bars: Progress) -> None:
        """Draw among `bars`."""
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def downloaded(self, file: str, received_bytes: int, total_bytes: int | None) -> None:
        """Show how far a download has come (`digitbench.types.DownloadProgress`)."""
        self._show(file, received_bytes, total_bytes, in_bytes=True)

    def worked(self, what: str, done: int, total: int) -> None:
        """Show how far other work has come (`digitbench.types.WorkProgress`).

        The bar has no description: there is no room for a whole line beside it.
        """
        self._show(what, done, total, in_bytes=False)

    def _show(self, what: str, done: int, total: int | None, *, in_bytes: bool) -> None:
        if what not in self._tasks:
            text = what if in_bytes else ""
            self._tasks[what] = self._bars.add_task(text, total=total, in_bytes=in_bytes)
        self._bars.update(self._tasks[what], completed=done, total=total)


class _Either(ProgressColumn):
    """A column that shows one thing for downloads and another for other work."""

    def __init__(self, of_download: ProgressColumn, of_work: ProgressColumn) -> None:
        super().__init__()
        self._of_download = of_download
        self._of_work = of_work

    def render(self, task: Task) -> RenderableType:
        return (self._of_download if task.fields["in_bytes"] else self._of_work)(task)


@contextmanager
def loading_bars(console: Console) -> Iterator[LoadingBars]:
    """Show bars while the block runs; on a console that is not a terminal, nothing is shown."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        _Either(DownloadColumn(), MofNCompleteColumn()),
        _Either(TransferSpeedColumn(), TimeElapsedColumn()),
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=not console.is_terminal,
    ) as bars:
        yield LoadingBars(bars)
