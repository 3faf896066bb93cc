"""Measures how much memory a piece of work really held, where the system tells."""

import ctypes
import gc
import mmap
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.runner.children import running_children

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


class PeakMemory:
    """The most resident memory held above the level at the start, processes begun since included.

    Linux keeps the peak of a process's resident memory (`VmHWM`) and lets it be reset, so that a
    peak belongs to one trial and not to whatever ran before. Memory that Python and the C
    library hold but do not use is given back first: it would hide what the trial takes. Of the
    processes that were begun since, those that still run count with their own peaks.
    """

    def __init__(self) -> None:
        """Reset the peak and note the level it starts from."""
        self._start_bytes: int | None = None
        if sys.platform != "linux":
            return
        gc.collect()
        _trim_heap()
        try:
            _CLEAR_REFS.write_text(_RESET_PEAK, encoding="ascii")
        except OSError:  # a kernel or sandbox without it: the peak cannot be told apart
            return
        self._children_before = {child.pid for child in running_children()}
        self._start_bytes = _status_bytes(_STATUS, "VmRSS")

    def read_bytes(self) -> int | None:
        """Return the peak since the start in bytes above the start; None where unknown."""
        if self._start_bytes is None:
            return None
        peak_bytes = _status_bytes(_STATUS, "VmHWM")
        if peak_bytes is None:
            return None
        begun = {child.pid for child in running_children()} - self._children_before
        of_children = (_status_bytes(Path(f"/proc/{pid}/status"), "VmHWM") for pid in begun)
        return max(0, peak_bytes - self._start_bytes) + sum(filter(None, of_children))


def make_resident(arrays: Iterable[NDArray[np.uint8]]) -> None:
    """Read every page of some arrays, so that those mapped from a file are in memory.

    Images belong to a run and not to a trial. Without this, the first trial in a process would
    pay for reading them, in time and in memory, and the next one would not.
    """
    for array in arrays:
        array.reshape(-1)[:: mmap.PAGESIZE].max(initial=0)


def _trim_heap() -> None:
    """Ask glibc to return free memory to the system; other C libraries lack the call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _status_bytes(status: Path, field: str) -> int | None:
    try:
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # the process has ended
        return None
    for line in lines:
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return None
