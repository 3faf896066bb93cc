"""The progress bars of downloads, on stderr."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)


class DownloadBars:
    """One bar per file that is downloaded; a context manager, and a `DownloadProgress`."""

    def __init__(self, console: Console) -> None:
        """Prepare bars on a console; on one that is no terminal nothing is shown."""
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "DownloadBars":
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, file: str, received_bytes: int, total_bytes: int | None) -> None:
        """Show how much of a file has come."""
        if file not in self._tasks:
            self._tasks[file] = self._bars.add_task(file, total=total_bytes)
        self._bars.update(self._tasks[file], completed=received_bytes, total=total_bytes)
