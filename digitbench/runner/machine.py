"""Measures the machine as it is now: what digitbench may use of it, and who else does."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from digitbench.types import available_cpus

LOOK_SECONDS = 0.3
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_UNLIMITED_BYTES = 1 << 60  # what a control group without a limit says, or more
_GPU_TIMEOUT_SECONDS = 10.0

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class ControlGroupLimits:
    """What control groups, such as a container's, allow.

    Attributes:
        cpus: processors' worth of time; None for no limit.
        memory_bytes: None for no limit.
    """

    cpus: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Machine:
    """The machine at one moment.

    Attributes:
        logical_cpus: processors there are.
        available_cpus: those that this process may run on; the threads of a trial by default.
        limits: what control groups allow.
        memory_bytes: what the machine has.
        memory_available_bytes: what is free, or can be freed.
        load: processes that wanted a processor, on average over the last minute; None where the
            system does not tell.
        busy_cpus: processors that others kept busy while it was looked.
        stolen_fraction: share of the time that a virtual machine's host gave to others; None
            where the system does not tell.
        gpus: what `nvidia-smi` lists.
    """

    logical_cpus: int
    available_cpus: int
    limits: ControlGroupLimits
    memory_bytes: int
    memory_available_bytes: int
    load: float | None
    busy_cpus: float
    stolen_fraction: float | None
    gpus: tuple[str, ...]


def measure(look_seconds: float = LOOK_SECONDS) -> Machine:
    """Measure the machine; takes a third of a second, and longer where there is a GPU."""
    memory = psutil.virtual_memory()
    busy, stolen = _use_by_others(look_seconds)
    return Machine(
        logical_cpus=psutil.cpu_count() or 1,
        available_cpus=available_cpus(),
        limits=control_group_limits(),
        memory_bytes=memory.total,
        memory_available_bytes=memory.available,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        busy_cpus=busy,
        stolen_fraction=stolen,
        gpus=_gpus(),
    )


def free_memory_bytes() -> int:
    """Return how much memory is free, or can be freed, for this process."""
    limit, free = control_group_limits().memory_bytes, psutil.virtual_memory().available
    return free if limit is None else min(free, limit)


def control_group_limits(
    root: Path = _CONTROL_GROUPS, own: Path = Path("/proc/self/cgroup")
) -> ControlGroupLimits:
    """Return the strictest limits of this process's control group and those above it.

    Args:
        root: where version 2 of control groups is mounted.
        own: file that names the group of this process in its line `0::/...`.
    """
    group = root
    with suppress(OSError):
        for line in own.read_text(encoding="utf-8").splitlines():
            if line.startswith("0::/"):
                group = root / line.removeprefix("0::/")
    groups = [group, *(parent for parent in group.parents if parent.is_relative_to(root))]
    return ControlGroupLimits(
        cpus=min(_found(_cpu_limit(path) for path in groups), default=None),
        memory_bytes=min(_found(_memory_limit(path) for path in groups), default=None),
    )


def _found(values: Iterable[_Number | None]) -> list[_Number]:
    return [value for value in values if value is not None]


def _cpu_limit(group: Path) -> float | None:
    with suppress(OSError, ValueError):
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        return int(quota) / int(period)  # "max" is no number: no limit
    return None


def _memory_limit(group: Path) -> int | None:
    with suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        return limit if limit < _UNLIMITED_BYTES else None
    return None


def _use_by_others(seconds: float) -> tuple[float, float | None]:
    """Return how many processors are busy while this process sleeps, and the share stolen."""
    before = psutil.cpu_times()
    time.sleep(seconds)
    after = psutil.cpu_times()
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    for counted_elsewhere in ("guest", "guest_nice"):
        spent.pop(counted_elsewhere, None)
    whole = max(sum(spent.values()), 1e-9)
    steal = spent.pop("steal", None)
    idle = spent.pop("idle", 0.0) + spent.pop("iowait", 0.0)
    busy = max(0.0, whole - idle - (steal or 0.0)) / whole * (psutil.cpu_count() or 1)
    return busy, None if steal is None else max(0.0, steal / whole)


def _gpus() -> tuple[str, ...]:
    """Return the lines of `nvidia-smi -L`, without the devices' serial numbers."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    try:
        listed = subprocess.run(  # noqa: S603 (the driver's own program)
            [program, "-L"],
            capture_output=True,
            text=True,
            timeout=_GPU_TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    lines = listed.stdout.splitlines()
    return tuple(line.partition(" (UUID")[0].strip() for line in lines if line.startswith("GPU"))
