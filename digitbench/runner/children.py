"""The processes that were started from this one: which there are, and the time they took."""

import os
import sys
from contextlib import suppress
from time import process_time

import psutil


def running_children() -> list[psutil.Process]:
    """Return the processes that were started from here, and from those, and still run."""
    return [child for child in _children() if _runs(child)]


def processor_seconds() -> float:
    """Return the processor time that this process and those started from it took so far.

    That of a process that has ended is known once it has been waited for, which `subprocess` and
    `multiprocessing` do.
    """
    ended = os.times()
    seconds = process_time() + ended.children_user + ended.children_system
    for child in _children():
        with suppress(psutil.Error):  # it has ended by now
            times = child.cpu_times()
            seconds += times.user + times.system
            seconds += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return seconds


def _children() -> list[psutil.Process]:
    if sys.platform == "linux":
        try:  # far faster than to look through all processes
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
    return psutil.Process().children(recursive=True)


def _runs(child: psutil.Process) -> bool:
    try:
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:  # it has ended by now
        return False
