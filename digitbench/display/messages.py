"""Messages and progress of a workflow, drawn with Rich.

What draws the bars is imported when there are some: most commands only say a word or nothing.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from digitbench.printable import printable

if TYPE_CHECKING:
    from digitbench.types import DataContext
    from digitbench.workflows.messages import Workload


class RichMessages:
    """Draws what a workflow says on a console (`digitbench.workflows.messages.Messages`)."""

    def __init__(self, console: Console, *, progress_shown: bool = True) -> None:
        """Draw on a console.

        Args:
            console: where to draw, such as on stderr.
            progress_shown: whether bars are drawn while trials run; they never are in a file.
        """
        self.console = console
        self._progress_shown = progress_shown

    def info(self, text: str) -> None:
        """Print what is going on, in one line however long."""
        self.console.print(text, style="dim", soft_wrap=True, markup=False)

    def warn(self, text: str) -> None:
        """Print a warning, in one line: a terminal folds it, a log file keeps it whole."""
        shown = Text.assemble(("warning: ", "yellow"), printable(" ".join(text.split())))
        self.console.print(shown, soft_wrap=True)

    def banner(self, title: str, text: str) -> None:
        """Print a message that cannot be missed."""
        self.console.print(
            Panel(Text(text), title=Text(title), box=box.HEAVY, style="bold yellow", expand=False)
        )

    def progress(self, work: "Workload") -> AbstractContextManager[object]:
        """Return bars of the trials that run."""
        from digitbench.display.progress import RunProgress

        shown = self._progress_shown and self.console.is_terminal
        return RunProgress(self.console, work, shown=shown)

    @contextmanager
    def loading(self, context: "DataContext") -> "Iterator[DataContext]":
        """Show bars of the files that come and of other work; elsewhere than on a terminal, lines.

        What other work it is stands in a line on a terminal too, and stays there.
        """
        from digitbench.display.loading import loading_bars
        from digitbench.workflows.messages import LoadingLines

        lines = LoadingLines(self.info)
        if not self.console.is_terminal:
            yield lines.told_by(context)
            return

        def worked(what: str, done: int, total: int) -> None:
            lines.worked(what, done, total)
            bars.worked(what, done, total)

        with loading_bars(self.console) as bars:
            yield replace(context, progress=bars.downloaded, working=worked)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Print what digitbench logs in the block (warnings and above), a line each."""
        logger = logging.getLogger("digitbench")
        handler = _Warnings(self)
        logger.addHandler(handler)
        level = logger.level
        logger.setLevel(logging.WARNING)  # whatever level a plugin gives to the root of all loggers
        try:
            yield
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)


class _Warnings(logging.Handler):
    def __init__(self, messages: RichMessages) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.warn(record.getMessage())
