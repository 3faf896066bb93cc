"""Messages: a warning is one line where it is not read on a terminal."""

import io

from rich.console import Console

from digitbench.cli.console import warn


def test_a_warning_is_one_line_however_long_it_is() -> None:
    for width in (40, 160):
        console = Console(file=io.StringIO(), width=width)
        warn(console, "first\nsecond [bold] " + "word " * 100)
        written = console.file.getvalue()  # type: ignore[attr-defined]
        assert written == "warning: first second [bold] " + "word " * 99 + "word\n"
