"""How many threads work is told on an idle machine and on a busy one."""

import threading
import time
import zlib
from pathlib import Path

import pytest

from digitbench.testing.effort import Effort

BLOCK = bytes(1 << 20)


def work(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        zlib.compress(BLOCK)


def effort_of(threads: int) -> Effort:
    """Measure threads that work for a while and are then still there."""
    done, leave = threading.Barrier(threads + 1), threading.Event()

    def run() -> None:
        work(0.3)
        done.wait()
        leave.wait()

    workers = [threading.Thread(target=run) for _ in range(threads)]
    start = Effort.now()
    for worker in workers:
        worker.start()
    done.wait()
    effort = Effort.now() - start
    leave.set()
    for worker in workers:
        worker.join()
    return effort


def test_one_thread_counts_as_one() -> None:
    effort = effort_of(1)
    assert 0.5 < effort.parallelism < 1.3
    assert not effort.is_parallel


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="the system does not say who waits"
)
def test_threads_count_even_where_processors_are_lacking() -> None:
    effort = effort_of(6)
    assert effort.parallelism > 3
    assert effort.is_parallel


def test_sleeping_is_no_work() -> None:
    start = Effort.now()
    time.sleep(0.5)
    slept = Effort.now() - start
    assert slept.cpu_seconds < slept.wall_seconds / 2  # a busy machine may make it wait as well
    assert not slept.is_parallel


@pytest.mark.parametrize(
    ("cpu_seconds", "wait", "is_parallel"),
    [
        (1.0, 0.0, False),
        (1.4, 0.0, True),
        # One thread hands over to the next, on a busy machine.
        (0.7, 0.8, False),
        # Two threads share half a processor.
        (0.5, 1.5, True),
    ],
)
def test_what_computes_counts_more_surely_than_what_waits(
    cpu_seconds: float, wait: float, is_parallel: bool
) -> None:
    assert Effort(1.0, cpu_seconds, {"7": wait}).is_parallel == is_parallel


def test_efforts_add_up() -> None:
    one = Effort(1.0, 0.5, {"7": 0.5})
    other = Effort(2.0, 1.0, {"7": 0.25, "8": 1.0})
    total = one + other
    assert total == Effort(3.0, 1.5, {"7": 0.75, "8": 1.0})
    assert total.parallelism == pytest.approx(3.25 / 3)
