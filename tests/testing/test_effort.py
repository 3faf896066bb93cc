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


def parallelism(threads: int) -> float:
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
    return effort.parallelism


def test_one_thread_counts_as_one() -> None:
    assert 0.5 < parallelism(1) < 1.3


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="the system does not say who waits"
)
def test_threads_count_even_where_processors_are_lacking() -> None:
    assert parallelism(6) > 3


def test_sleeping_is_no_work() -> None:
    start = Effort.now()
    time.sleep(0.2)
    assert (Effort.now() - start).parallelism < 0.3


def test_efforts_add_up() -> None:
    one = Effort(1.0, 0.5, {"7": 0.5})
    other = Effort(2.0, 1.0, {"7": 0.25, "8": 1.0})
    total = one + other
    assert total == Effort(3.0, 1.5, {"7": 0.75, "8": 1.0})
    assert total.parallelism == pytest.approx(3.25 / 3)
