"""The processors that this process may use, and an equal share of them."""

import os


def available_cpus() -> int:
    """Return the number of processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def threads_each(jobs: int) -> int:
    """Return how many threads each of some trials gets that run at a time."""
    return max(1, available_cpus() // jobs)
