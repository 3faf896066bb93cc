"""The two consoles of the command line: stdout for results, stderr for progress and messages."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from rich.console import Console

from digitbench.cli.streams import DescriptorWriter, results_stream, text_stream
from digitbench.display.console import PlainConsole, Unfilled
from digitbench.display.messages import RichMessages


def results_console() -> Console:
    """Return the console for results, on stdout."""
    stream = results_stream()
    return PlainConsole(stream if stream.isatty() else cast("TextIO", Unfilled(stream)))


def messages_console() -> Console:
    """Return the console for progress and messages, on stderr.

    It has a file descriptor of its own: while TensorFlow starts, descriptor 2 is turned away to
    catch its noise, and what we say must not be caught with it.
    """
    return PlainConsole(_own_descriptor(sys.stderr))


@contextmanager
def messages_shown(*, progress_shown: bool = True) -> Iterator[RichMessages]:
    """Show messages on stderr, and in the block what digitbench logs too."""
    messages = RichMessages(messages_console(), progress_shown=progress_shown)
    with messages.logged():
        yield messages


def _own_descriptor(stream: TextIO) -> TextIO:
    try:
        descriptor = os.dup(stream.fileno())
    except (io.UnsupportedOperation, OSError):  # a stand-in for stderr, such as a test's
        return stream
    return text_stream(DescriptorWriter(descriptor, closes=True), stream, by_line=True)
