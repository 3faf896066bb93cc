"""Processes started from here: found while they run, and their processor time counted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from digitbench.runner.children import processor_seconds, running_children
from digitbench.runner.memory import PeakMemory
from digitbench.runner.trial import Stopwatch

MEBIBYTE = 1 << 20
BUSY = "import time\nwhile time.process_time() < 0.5: pass\n"
HOLDING = f"block = b'x' * {200 * MEBIBYTE}\n"
WAITING = "print(flush=True); input()"


@contextmanager
def child(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does something, tells so, and then waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", code + WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.communicate(b"\n")


def test_children_are_there_while_they_run() -> None:
    before = {process.pid for process in running_children()}
    with child("") as process:
        assert process.pid in {found.pid for found in running_children()}
        process.kill()
        process.wait()
        assert {found.pid for found in running_children()} <= before


def test_the_time_of_a_process_counts_while_it_runs_and_once_when_it_has_ended() -> None:
    with Stopwatch() as running:
        started = child(BUSY)
        started.__enter__()
    assert running.cpu_seconds >= 0.45
    with Stopwatch() as ending:
        started.__exit__(None, None, None)
    assert ending.cpu_seconds < 0.3  # what it took before is not counted again


def test_a_process_that_has_ended_counts() -> None:
    before = processor_seconds()
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert processor_seconds() - before >= 0.45


@pytest.mark.skipif(sys.platform != "linux", reason="it is read from /proc")
def test_the_memory_of_a_process_counts_if_it_began_since_and_still_runs() -> None:
    with child(HOLDING):
        memory = PeakMemory()
        alone = memory.read_bytes()
        with child(HOLDING):
            both = memory.read_bytes()
    if alone is None or both is None:
        pytest.skip("this system does not reset a process's peak memory")
    assert alone < 50 * MEBIBYTE
    assert 200 * MEBIBYTE < both < 300 * MEBIBYTE
