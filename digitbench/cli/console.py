"""The two consoles: stdout for results, stderr for progress and messages."""

import io
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

_FILLING = re.compile(r"[ \t]+(?=\n)")
"""What fills up the rows of a table on its right."""
_PIPED_WIDTH = 160
"""Columns when the output is not a terminal, so that no table is squeezed in a log file."""


def results_console() -> Console:
    """Return the console for results, on stdout."""
    if sys.stdout.isatty():
        return _console(sys.stdout)
    return _console(cast("TextIO", _Unfilled(sys.stdout)))


def messages_console() -> Console:
    """Return the console for progress and messages, on stderr.

    It has a file descriptor of its own: while TensorFlow starts, descriptor 2 is turned away to
    catch its noise, and what we say must not be caught with it.
    """
    return _console(_own_descriptor(sys.stderr))


@contextmanager
def messages_shown(console: Console) -> Iterator[None]:
    """Print what digitbench logs in the block (warnings and above) on a console, a line each."""
    logger = logging.getLogger("digitbench")
    handler = _ConsoleHandler(console, level=logging.WARNING)
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.WARNING)  # whatever level a plugin gives to the root of all loggers
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def warn(console: Console, message: str) -> None:
    """Print a warning, in one line however long: a terminal folds it, a log file keeps it whole."""
    text = Text.assemble(("warning: ", "yellow"), " ".join(message.split()))
    console.print(text, soft_wrap=True)


def banner(console: Console, title: str, text: str) -> None:
    """Print a message that cannot be missed."""
    console.print(
        Panel(Text(text), title=Text(title), box=box.HEAVY, style="bold yellow", expand=False)
    )


class _Unfilled:
    """A file whose lines end where their text does, for `diff` and for logs."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write whole lines, as a console does."""
        return self._file.write(_FILLING.sub("", text))


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console, level: int) -> None:
        super().__init__(level)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        warn(self._console, record.getMessage())


def _console(file: TextIO) -> Console:
    fixed = not file.isatty() and "COLUMNS" not in os.environ
    return Console(file=file, highlight=False, width=_PIPED_WIDTH if fixed else None)


def _own_descriptor(stream: TextIO) -> TextIO:
    try:
        descriptor = os.dup(stream.fileno())
    except (io.UnsupportedOperation, OSError):  # a stand-in for stderr, such as a test's
        return stream
    return open(descriptor, "w", encoding=stream.encoding, errors="replace", buffering=1)  # noqa: PTH123
