"""Keeps two processes from writing one run at once, and tells whether one writes."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import lock_descriptor

from digitbench.errors import StoreError

_PATIENCE_SECONDS = 0.05
"""`is_being_written` holds the lock for a moment, and must not keep a run from beginning."""


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold a directory for this process alone while the block runs.

    The lock ends with the process, however that ends. It belongs to the open directory and leaves
    nothing behind; on Windows, where directories cannot be locked, to a file `.lock` in it. Some
    network file systems have no locks; there the block runs without.

    Raises:
        StoreError: another process holds the directory.
    """
    descriptor = _opened(path)
    try:
        if not _locked(descriptor):
            time.sleep(_PATIENCE_SECONDS)
            if not _locked(descriptor):
                raise StoreError(
                    f"another process is writing the run {path}: wait until it has ended"
                )
        yield
    finally:
        os.close(descriptor)


def is_being_written(path: Path) -> bool:
    """Tell whether a process holds a run's directory as its `sole_writer`.

    On a file system without locks nobody knows, and the answer is yes.
    """
    try:
        descriptor = _opened(path)
    except OSError:
        return False
    try:
        return not lock_descriptor(descriptor, blocking=False)
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Return a descriptor of what a run is locked by."""
    if sys.platform == "win32":
        return os.open(path / ".lock", os.O_RDWR | os.O_CREAT)
    return os.open(path, os.O_RDONLY)


def _locked(descriptor: int) -> bool:
    """Take a lock and tell whether that succeeded; on a file system without locks it does."""
    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError:
        return True
