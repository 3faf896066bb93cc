"""The two consoles: stdout for results, stderr for progress and messages."""

import io
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, TextIO, cast

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.panel import Panel
from rich.segment import Segment
from rich.text import Span, Text

from digitbench.cli.streams import DescriptorWriter, results_stream, text_stream
from digitbench.printable import printable, printable_lines

_FILLING = re.compile(r"[ \t]+(?=\n)")
"""What fills up the rows of a table on its right."""
_PIPED_WIDTH = 160
"""Columns when the output is not a terminal, so that no table is squeezed in a log file."""
_LEAST_WIDTH = 40
"""Columns below which nothing can be read."""
_SIZE = re.compile(r"0*[1-9][0-9]{0,2}")
"""A number of columns or lines that makes sense, as the environment has it."""


class PlainConsole(Console):
    """A console on which a text is shown and never acts: neither as markup nor on the terminal.

    Control characters and marks that turn the direction of writing are written out.
    """

    def __init__(self, file: TextIO, **settings: Any) -> None:
        """Write to a file, in as many columns as can be read there."""
        variables = _environment()
        if not file.isatty() and "COLUMNS" not in variables:
            settings.setdefault("width", _PIPED_WIDTH)
        super().__init__(
            file=file, markup=False, emoji=False, highlight=False, _environ=variables, **settings
        )
        self.width = max(self.width, _LEAST_WIDTH)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render what a table, a group or `print` is made of."""
        if isinstance(renderable, str):
            renderable = printable_lines(renderable)
        elif isinstance(renderable, Text):
            renderable = _shown(renderable)
        return super().render(renderable, options)


def results_console() -> Console:
    """Return the console for results, on stdout."""
    stream = results_stream()
    return PlainConsole(stream if stream.isatty() else cast("TextIO", _Unfilled(stream)))


def messages_console() -> Console:
    """Return the console for progress and messages, on stderr.

    It has a file descriptor of its own: while TensorFlow starts, descriptor 2 is turned away to
    catch its noise, and what we say must not be caught with it.
    """
    return PlainConsole(_own_descriptor(sys.stderr))


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
    text = Text.assemble(("warning: ", "yellow"), printable(" ".join(message.split())))
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


def _shown(text: Text) -> Text:
    """Return a text whose characters can all be seen."""
    pieces = [printable_lines(character) for character in text.plain]
    shown = "".join(pieces)
    if shown == text.plain:
        return text
    places = [0, *accumulate(map(len, pieces))]
    copy = text.blank_copy(shown)
    copy.spans = [Span(places[span.start], places[span.end], span.style) for span in text.spans]
    return copy


def _environment() -> dict[str, str]:
    """Return the environment as Rich is to see it: a size that is none is left out."""
    variables = dict(os.environ)
    for name in ("COLUMNS", "LINES"):
        if not _SIZE.fullmatch(variables.get(name, "1")):
            del variables[name]
    return variables


def _own_descriptor(stream: TextIO) -> TextIO:
    try:
        descriptor = os.dup(stream.fileno())
    except (io.UnsupportedOperation, OSError):  # a stand-in for stderr, such as a test's
        return stream
    return text_stream(DescriptorWriter(descriptor, closes=True), stream, by_line=True)
