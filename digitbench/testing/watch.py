"""Notes which files this process opens for writing."""

import os
import sys
from collections.abc import Iterable

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_SYSTEM = ("/dev", "/proc", "/sys")


class WriteWatch:
    """Notes them from now on, for as long as the process lives: an audit hook cannot be removed.

    It sees what Python opens, wherever that is; what compiled code opens it does not see.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        """Begin to watch.

        Args:
            allowed: directories that may be written to.
        """
        self._allowed = tuple(map(os.path.realpath, (*allowed, *_SYSTEM)))
        self._paths: set[str] = set()
        sys.addaudithook(self._hear)

    def written(self) -> tuple[str, ...]:
        """Return the files outside that were opened for writing so far."""
        return tuple(path for path in sorted(self._paths) if not _is_in(path, self._allowed))

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open":
            return
        path, _, flags = arguments
        if isinstance(path, str | bytes) and isinstance(flags, int) and flags & _WRITING:
            self._paths.add(os.path.realpath(os.fsdecode(path)))


def _is_in(path: str, directories: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in directories)
