"""Keeps two processes from writing one run at once."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import lock_descriptor

from digitbench.errors import StoreError


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold a directory for this process alone while the block runs.

    The lock ends with the process, however that ends. It belongs to the open directory and leaves
    nothing behind; on Windows, where directories cannot be locked, to a file `.lock` in it. Some
    network file systems have no locks; there the block runs without.

    Raises:
        StoreError: another process holds the directory.
    """
    if sys.platform == "win32":
        descriptor = os.open(path / ".lock", os.O_RDWR | os.O_CREAT)
    else:
        descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            free = lock_descriptor(descriptor, blocking=False)
        except OSError:
            free = True  # a file system without locks
        if not free:
            raise StoreError(f"another process is writing the run {path}: wait until it has ended")
        yield
    finally:
        os.close(descriptor)
