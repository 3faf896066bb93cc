"""How much of the machine a process wants."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Self

import psutil

_TASKS = Path("/proc/self/task")
_NANOSECOND = 1e-9
_COMPUTING = 1.3
"""Threads that compute, on average, and still pass for one: there is always some housekeeping."""
_WANTING = 1.8
"""The same with those that wait for a processor: higher, because where one thread hands its work to
the next, a busy machine makes both of them wait at times."""


@dataclass(frozen=True)
class Effort:
    """Times of a process since its start, or between two moments.

    Attributes:
        wall_seconds: on the clock.
        cpu_seconds: processor time of its threads and of the processes it started.
        waits: seconds for which each living thread was ready and waited for a processor, by the
            thread's number; empty where the system does not tell (it is Linux's).
    """

    wall_seconds: float
    cpu_seconds: float
    waits: dict[str, float]

    @classmethod
    def now(cls) -> Self:
        """Read the times of this process."""
        children = psutil.Process().children(recursive=True)
        ended = os.times()
        cpu = process_time() + ended.children_user + ended.children_system
        cpu += sum(_cpu_seconds(child) for child in children)
        return cls(perf_counter(), cpu, _waits())

    @property
    def parallelism(self) -> float:
        """How many threads computed, or would have, on average.

        Waiting for a processor counts, so that a busy machine does not hide the threads.
        """
        return (self.cpu_seconds + sum(self.waits.values())) / self.wall_seconds

    @property
    def is_parallel(self) -> bool:
        """Whether this was more than one thread at work."""
        computing = self.cpu_seconds / self.wall_seconds
        return computing > _COMPUTING or self.parallelism > _WANTING

    def __sub__(self, start: Effort) -> Effort:
        return Effort(
            self.wall_seconds - start.wall_seconds,
            self.cpu_seconds - start.cpu_seconds,
            {thread: wait - start.waits.get(thread, 0.0) for thread, wait in self.waits.items()},
        )

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.wall_seconds + other.wall_seconds,
            self.cpu_seconds + other.cpu_seconds,
            {
                thread: self.waits.get(thread, 0.0) + other.waits.get(thread, 0.0)
                for thread in self.waits.keys() | other.waits.keys()
            },
        )


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:  # it ended a moment ago
        return 0.0
    return float(times.user + times.system)


def _waits() -> dict[str, float]:
    waits = {}
    for task in _TASKS.glob("*"):
        try:
            _, wait, _ = (task / "schedstat").read_text(encoding="ascii").split()
        except OSError:  # it ended a moment ago, or the system does not keep it
            continue
        waits[task.name] = int(wait) * _NANOSECOND
    return waits
