"""The files that a classifier writes: read where it wrote them, within bounds."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from digitbench.errors import KeptModelError
from digitbench.foreign import foreign_code
from digitbench.kept.pickles import holds_pickle
from digitbench.kept.record import FILE_NAME, MOST_BYTES, MOST_FILES
from digitbench.types.plain import short

_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
_PLAIN_FILES_ALONE = sum(getattr(os, flag, 0) for flag in _FLAGS)
"""How a file is opened; no system has all of these."""


def saved_files(save: Callable[[Path], object]) -> dict[str, bytes]:
    """Let a classifier write its files into a new directory and return them, by name.

    Args:
        save: the classifier's member.

    Raises:
        KeptModelError: it failed, or what it wrote cannot be kept.
    """
    with tempfile.TemporaryDirectory(prefix="digitbench-kept-", ignore_cleanup_errors=True) as name:
        with foreign_code(lambda reason: KeptModelError(f"save failed: {reason}")):
            save(Path(name))
        return _files_in(Path(name))


def read_plain_file(file: Path, most_bytes: int) -> bytes:
    """Return what a file holds; a link, a pipe or a device is not followed or waited for.

    Raises:
        KeptModelError: it cannot be read, is no plain file, or is too large.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | _PLAIN_FILES_ALONE)
    except OSError as error:
        reason = "it is a link" if file.is_symlink() else error.strerror
        raise KeptModelError(f"cannot read {file}: {reason}") from error
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise KeptModelError(f"{file} is no plain file")
        if found.st_size > most_bytes:
            raise KeptModelError(
                f"{file} has {found.st_size:,} bytes, at most {most_bytes:,} are due"
            )
        return stream.read(most_bytes)


def file_names(directory: Path) -> list[str]:
    """Return the names of all that is in a directory of a classifier's files, sorted.

    Raises:
        KeptModelError: it cannot be read, or holds what is no plain file or has no plain name.
    """
    names = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    raise KeptModelError(f"{short(entry.name)} is no plain file")
                if not FILE_NAME.fullmatch(entry.name):
                    raise KeptModelError(
                        f"the file name {short(entry.name)} cannot be kept: use letters, digits, "
                        "dots, dashes and underscores, 100 at most"
                    )
                names.append(entry.name)
                if len(names) > MOST_FILES:
                    raise KeptModelError(f"there are more than {MOST_FILES} files")
    except OSError as error:
        raise KeptModelError(f"cannot read {directory}: {error.strerror}") from error
    return sorted(names)


def _files_in(directory: Path) -> dict[str, bytes]:
    names = file_names(directory)
    if not names:
        raise KeptModelError("save wrote no file")
    size = sum((directory / name).stat().st_size for name in names)
    if size > MOST_BYTES:
        raise KeptModelError(
            f"it would take {size / 1e6:,.0f} MB, and at most {MOST_BYTES / 1e6:.0f} MB are kept"
        )
    files = {name: read_plain_file(directory / name, MOST_BYTES) for name in names}
    for name, content in files.items():
        if holds_pickle(name, content):
            raise KeptModelError(f"{name} is a pickle, which could run any code when it is read")
    return files
