"""Whole commands, timed from the start of their process to its end."""

import subprocess
from time import perf_counter

from digitbench.errors import UsageError


def timed(command: list[str]) -> tuple[float, str]:
    """Run a command; return the seconds it took and what it printed.

    Raises:
        UsageError: it failed.
    """
    start = perf_counter()
    finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    seconds = perf_counter() - start
    if finished.returncode != 0:
        last = (finished.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UsageError(f"{' '.join(command[1:4])} ... failed: {last}")
    return seconds, finished.stdout
