"""Writes what a command made to where the user wants it: stdout, or a file, whole or not at all."""

import sys
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.store.layout import replace_file

STDOUT = "-"
"""The name of a file that stands for stdout."""


def check_writable(target: Path) -> None:
    """Refuse a place for a file before the work for it begins.

    Raises:
        UsageError: it is a directory, or in none that exists.
    """
    if target.is_dir():
        raise UsageError(f"{target} is a directory: name a file")
    if not target.parent.is_dir():
        raise UsageError(f"there is no directory {target.parent}: make it, or name another file")


def write_file(target: Path, text: str) -> None:
    """Write a file as UTF-8, in the place of one that is there; line ends stay as they are.

    Raises:
        UsageError: it cannot be written; one that was there is as it was.
    """
    data = text.encode("utf-8")
    try:
        if target.exists() and not target.is_file():  # a device or a pipe: nothing to replace
            target.write_bytes(data)
            return
        replace_file(target.resolve(), lambda file: file.write(data))
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error


def write_stdout(text: str) -> None:
    """Write a text to stdout as UTF-8, whatever the terminal's encoding and line ends are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
