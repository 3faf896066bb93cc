"""Writes what was made to the file that the user wants, whole or not at all."""

import os
import tempfile
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.store.layout import replace_file


def check_writable(target: Path) -> None:
    """Refuse a place for a file before the work for it begins.

    Raises:
        UsageError: it is a directory, in none that exists, or may not be written.
    """
    try:
        if target.is_dir():
            raise UsageError(f"{target} is a directory: name a file")
        if _is_special(target):
            if not os.access(target, os.W_OK):
                raise UsageError(f"cannot write {target}: Permission denied")
            return
        parent = target.resolve().parent
        if not parent.is_dir():
            raise UsageError(
                f"there is no directory {target.parent}: make it, or name another file"
            )
        tempfile.TemporaryFile(dir=parent).close()
    except OSError as error:
        raise _refusal(target, error) from error


def write_file(target: Path, text: str) -> None:
    """Write a file as UTF-8, in the place of one that is there; line ends stay as they are.

    Raises:
        UsageError: it cannot be written; one that was there is as it was.
    """
    write_bytes(target, text.encode("utf-8"))


def write_bytes(target: Path, data: bytes) -> None:
    """Write a file, in the place of one that is there.

    Raises:
        UsageError: it cannot be written; one that was there is as it was.
    """
    try:
        if _is_special(target):  # nothing to replace
            target.write_bytes(data)
            return
        replace_file(target.resolve(), lambda file: file.write(data))
    except OSError as error:
        raise _refusal(target, error) from error


def append_file(target: Path, text: str) -> None:
    """Add a text to the end of a file, as UTF-8, or make one of it; line ends stay as they are.

    Raises:
        UsageError: it cannot be written; one that was there is as it was.
    """
    data = text.encode("utf-8")
    try:
        size = target.stat().st_size if target.is_file() else None
        try:
            with target.open("ab") as file:
                file.write(data)
        except OSError:
            if size is not None:
                os.truncate(target, size)
            raise
    except OSError as error:
        raise _refusal(target, error) from error


def _is_special(target: Path) -> bool:
    """Return whether a name stands for a device or a pipe."""
    return target.exists() and not target.is_file() and not target.is_dir()


def _refusal(target: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {target}: {error.strerror or error}")
