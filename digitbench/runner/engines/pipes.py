"""A child process with two pipes to its parent that are none of its standard streams.

On its standard streams anything may be printed, and read, as soon as Python starts there: by a
`sitecustomize`, by a library in C. A pipe of its own carries nothing but what is meant for it.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt


def start(
    command: Sequence[str], **settings: Any
) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """Start a process.

    Args:
        command: the program and its arguments; two more are added, which `take` understands.
        settings: as for `subprocess.Popen`.

    Returns:
        The process, the pipe that it reads, and the pipe that it writes.
    """
    to_read, reads = os.pipe()
    writes, to_write = os.pipe()
    ours = os.fdopen(reads, "wb"), os.fdopen(writes, "rb")
    theirs = (to_read, to_write)
    try:
        names = [str(_handle(descriptor)) for descriptor in theirs]
        process = subprocess.Popen(  # noqa: S603 - no foreign input
            [*command, *names], **settings, **_inherited(theirs)
        )
    except BaseException:
        for pipe in ours:
            pipe.close()
        raise
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return process, *ours


def take(arguments: Sequence[str]) -> tuple[IO[bytes], IO[bytes]]:
    """Open the pipes in the process that was started.

    Args:
        arguments: the two that `start` has added.

    Returns:
        The pipe to read and the pipe to write; no process that is started from here gets them.
    """
    to_read, to_write = map(int, arguments)
    if sys.platform == "win32":
        to_read = msvcrt.open_osfhandle(to_read, os.O_RDONLY)
        to_write = msvcrt.open_osfhandle(to_write, os.O_WRONLY)
    for descriptor in (to_read, to_write):
        os.set_inheritable(descriptor, False)
    return os.fdopen(to_read, "rb"), os.fdopen(to_write, "wb")


def _handle(descriptor: int) -> int:
    """Return what names a descriptor in another process."""
    if sys.platform == "win32":
        return msvcrt.get_osfhandle(descriptor)
    return descriptor


def _inherited(descriptors: Sequence[int]) -> dict[str, Any]:
    """Return the settings of `subprocess.Popen` with which a process gets descriptors."""
    if sys.platform == "win32":
        startup = subprocess.STARTUPINFO()
        handles = [_handle(descriptor) for descriptor in descriptors]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup.lpAttributeList = {"handle_list": handles}
        return {"startupinfo": startup}
    return {"pass_fds": tuple(descriptors)}
