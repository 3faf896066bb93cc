"""The standard streams of a command: stdout carries results alone, and a lost stream ends nothing.

Whatever else writes to stdout while a command runs (a plugin, a library in C, a process that they
start) is led to stderr, by the descriptor itself. A stream whose reader has left, or that cannot
be written, swallows what follows; whether the results were lost is asked once, at the end.
"""

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from typing import Any, TextIO, cast

READABLE = "digitbench.readable"
"""The error handler that writes what a stream cannot encode in characters that it can."""

STDOUT = "-"
"""The name of a file that stands for stdout."""
_STDIN, _STDOUT, _STDERR = range(3)
_READER_LEFT = {errno.EPIPE} | ({errno.EINVAL} if sys.platform == "win32" else set())
_SPELLED = str.maketrans(
    {
        "\N{PLUS-MINUS SIGN}": "+/-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{MIDDLE DOT}": ".",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{UPPER HALF BLOCK}": '"',
        "\N{LOWER ONE EIGHTH BLOCK}": "_",
        "\N{LOWER ONE QUARTER BLOCK}": ".",
        "\N{LOWER THREE EIGHTHS BLOCK}": "-",
        "\N{LOWER HALF BLOCK}": "=",
        "\N{LOWER FIVE EIGHTHS BLOCK}": "+",
        "\N{LOWER THREE QUARTERS BLOCK}": "*",
        "\N{LOWER SEVEN EIGHTHS BLOCK}": "%",
        "\N{FULL BLOCK}": "#",
        "\N{LIGHT SHADE}": ".",
        "\N{MEDIUM SHADE}": "+",
        "\N{DARK SHADE}": "%",
    }
)
"""What stands for digitbench's own signs, in as many columns where a table needs that."""
_SYMBOL = "?"
_RESULTS: ContextVar[TextIO | None] = ContextVar("results", default=None)


class DescriptorWriter(io.RawIOBase):
    """Writes to a descriptor until that fails; what comes then is dropped.

    Attributes:
        error: why it failed; None if it did not.
    """

    def __init__(self, descriptor: int, *, closes: bool) -> None:
        """Write to a descriptor.

        Args:
            descriptor: open for writing.
            closes: whether the descriptor is closed together with this.
        """
        self.error: OSError | None = None
        # not `FileIO`: on Windows this knows how to write to a console
        raw = os.fdopen(descriptor, "wb", buffering=0, closefd=closes)
        self._raw = cast("io.RawIOBase", raw)

    def writable(self) -> bool:
        """Tell that this can be written."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._raw.isatty()

    def write(self, data: Any) -> int:
        """Write bytes, or drop them."""
        if self.error is None:
            try:
                while (written := self._raw.write(data)) is None:  # somebody made it non-blocking
                    select.select([], [self.fileno()], [])
            except OSError as error:
                self.error = error
            else:
                return written
        return memoryview(data).nbytes

    def close(self) -> None:
        """Close it, and the descriptor if that is to be."""
        super().close()
        with suppress(OSError):
            self._raw.close()


class Results:
    """The stream for results of a process that has taken its standard streams over."""

    def __init__(self, writer: DescriptorWriter, like: TextIO | None) -> None:
        """Make the stream with the encoding of another one."""
        self._writer = writer
        self.stream = text_stream(writer, like)

    def loss(self) -> str | None:
        """Write what waits and say why the results did not arrive, if they did not.

        A reader who has left, as `head` does, has had what he wanted.
        """
        self.stream.flush()
        error = self._writer.error
        if error is None or error.errno in _READER_LEFT:
            return None
        return error.strerror or type(error).__name__


def take_streams(*, silent: bool) -> Results:
    """Take the standard streams over: `sys.stdout` gets a descriptor that nobody else knows.

    Descriptors 0 to 2 are open afterwards, whatever the process was started with, so that no file
    that is opened later becomes one of them.

    Args:
        silent: drop what is written to stderr, and what others write to stdout.
    """
    codecs.register_error(READABLE, readable)
    _open_missing()
    results = os.open(os.devnull, os.O_WRONLY) if sys.stdout is None else os.dup(_STDOUT)
    if silent:
        with open(os.devnull, "wb") as nothing:  # noqa: PTH123 (a device)
            os.dup2(nothing.fileno(), _STDERR)
    os.dup2(_STDERR, _STDOUT)
    for stream in (sys.stdout, sys.stderr):  # what was printed as Python started
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 (a device, to the end)
    taken = Results(DescriptorWriter(results, closes=True), sys.stdout)
    sys.stdout = taken.stream
    sys.stderr = text_stream(DescriptorWriter(_STDERR, closes=False), sys.stderr, by_line=True)
    return taken


def text_stream(
    writer: DescriptorWriter, like: TextIO | None, *, by_line: bool = False
) -> io.TextIOWrapper:
    """Return a stream for text, which is never at a loss for a character.

    Args:
        writer: where it writes.
        like: a stream with the encoding to use; None for UTF-8.
        by_line: write each line at once, even where that is no terminal.
    """
    return io.TextIOWrapper(
        io.BufferedWriter(writer),
        encoding=getattr(like, "encoding", None) or "utf-8",
        errors=READABLE,
        line_buffering=by_line or writer.isatty(),
    )


@contextmanager
def results_apart() -> Iterator[None]:
    """Keep stdout for `results_stream`: in the block, what else is printed goes to stderr."""
    token = _RESULTS.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _RESULTS.reset(token)


def results_stream() -> TextIO:
    """Return the stream for results; outside of a command it is stdout."""
    return _RESULTS.get() or sys.stdout


def write_stdout(text: str) -> None:
    """Write the text of a file to stdout as UTF-8, whatever the encoding and line ends there."""
    stream = results_stream()
    stream.flush()
    stream.buffer.write(text.encode("utf-8"))
    stream.buffer.flush()


def readable(error: UnicodeError) -> tuple[str | bytes, int]:
    r"""Spell what a stream cannot encode: our signs, letters without accents, others as `\u4e2d`.

    An error handler for `codecs.register_error`.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_spelled(character, error.encoding) for character in text), error.end


def _spelled(character: str, encoding: str) -> str:
    import unicodedata

    plain = character.translate(_SPELLED)
    if plain == character:
        plain = unicodedata.normalize("NFKD", character)
    for spelling in (plain, "".join(c for c in plain if not unicodedata.combining(c))):
        with suppress(UnicodeEncodeError):
            spelling.encode(encoding)
            if spelling:
                return spelling
    if unicodedata.category(character) == "So":
        return _SYMBOL
    return character.encode("ascii", "backslashreplace").decode()


def _open_missing() -> None:
    """Open what is closed of the descriptors 0 to 2, on nothing."""
    for descriptor in (_STDIN, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest one that is free: this
            os.set_inheritable(opened, True)
