"""Keeps two processes from writing one run at once, where the system has the means."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitbench.errors import StoreError

if sys.platform != "win32":
    import fcntl


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold a run directory for this process alone while the block runs.

    The lock belongs to the open directory, so it leaves nothing behind and ends with the
    process, however that ends. Windows and some network file systems do not have it; there the
    block runs without.

    Raises:
        StoreError: another process holds the run.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if isinstance(error, BlockingIOError):  # any other: a file system without locks
                raise StoreError(
                    f"another process is writing the run {path}: wait until it has ended"
                ) from error
        yield
    finally:
        os.close(descriptor)
