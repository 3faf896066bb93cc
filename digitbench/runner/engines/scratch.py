"""Temporary directories that go away even if the process that made them is killed."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digitbench.errors import EngineError, StoreError
from digitbench.runner.lock import sole_writer

_PREFIX = "digitbench-workers-"
_YOUNG_SECONDS = 60.0
"""How old a directory must be for it to be taken for abandoned: it is locked by then, or never."""


@contextmanager
def scratch_directory(parent: Path | None = None) -> Iterator[Path]:
    """Make a temporary directory for a block, and remove those that dead processes have left.

    Args:
        parent: where it is made; by default the system's place for temporary files.

    Raises:
        EngineError: it cannot be made.
    """
    try:
        _remove_abandoned(parent or Path(tempfile.gettempdir()))
        made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise EngineError(
            f"no directory for temporary files can be made ({error.strerror}): name a place in "
            "TMPDIR"
        ) from error
    with made as name:
        path = Path(name)
        with sole_writer(path):
            yield path


def _remove_abandoned(parent: Path) -> None:
    """Remove directories of the kind that nobody holds any more."""
    for path in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError, StoreError):  # somebody else's, or in use
            if time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
                continue
            with sole_writer(path):
                shutil.rmtree(path)
