"""Measures how much of the processors others take while this process works."""

from time import perf_counter

import psutil

from digitbench.runner.children import processor_seconds

_LEAST_SECONDS = 0.5
"""The system counts in ticks of a hundredth of a second, which say nothing of a shorter time."""
_NOT_BUSY = ("idle", "iowait")
_COUNTED_ELSEWHERE = ("guest", "guest_nice")


class OthersLoad:
    """The processors that others keep busy, of those that this process may run on.

    Others are all other programs, and the host of a virtual machine that takes time for others;
    processes that were started from here are not.
    """

    def __init__(self) -> None:
        """Begin to watch."""
        self._start = self._read()

    def cpus(self) -> float | None:
        """Return how many processors others kept busy since, on average; None if unknown.

        That is so if it is too short a time to tell, or the system does not count.
        """
        now, busy, own = (
            then - before for then, before in zip(self._read(), self._start, strict=True)
        )
        if now < _LEAST_SECONDS or busy < own / 2:
            return None
        return max(0.0, busy - own) / now

    @staticmethod
    def _read() -> tuple[float, float, float]:
        return perf_counter(), _busy_seconds(), processor_seconds()


def _busy_seconds() -> float:
    """Return how long the processors that this process may run on have been busy so far."""
    each = psutil.cpu_times(percpu=True)
    affinity = getattr(psutil.Process(), "cpu_affinity", None)  # not on every system
    ours = affinity() if affinity is not None else range(len(each))
    busy = 0.0
    for number in ours:
        if number < len(each):
            times = each[number]._asdict()
            left_out = (*_NOT_BUSY, *_COUNTED_ELSEWHERE)
            busy += sum(spent for name, spent in times.items() if name not in left_out)
    return busy
