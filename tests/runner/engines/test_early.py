"""A worker's process that is started before anybody knows what it is for."""

import subprocess
import sys

import psutil
import pytest

from digitbench.runner.engines.early import EarlyWorker


def test_it_is_taken_once_and_by_who_wants_as_many_threads() -> None:
    with EarlyWorker(3) as early:
        assert early.take(2) is None
        taken = early.take(3)
        assert taken is not None
        assert early.take(3) is None
    assert taken.process.poll() is None  # it is the taker's now
    if sys.platform == "linux":
        assert psutil.Process(taken.process.pid).environ()["OMP_NUM_THREADS"] == "3"
    taken.drop()


def test_it_is_ended_with_the_block_if_nobody_takes_it() -> None:
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(ZeroDivisionError), EarlyWorker(1):
        begun = {child.pid for child in psutil.Process().children()} - before
        assert len(begun) == 1
        _ = 1 / 0
    assert not begun & {child.pid for child in psutil.Process().children()}


def test_a_worker_whose_runner_says_nothing_ends_in_silence() -> None:
    with EarlyWorker(1) as early:
        taken = early.take(1)
    assert taken is not None
    taken.orders.close()
    written, _ = taken.process.communicate(timeout=120)
    assert (taken.process.returncode, written) == (0, b"")
    taken.drop()


def test_to_start_it_nothing_is_imported_that_takes_time() -> None:
    code = """
import sys
from digitbench.workflows.early import early_worker
with early_worker({"threads": 1}):
    print([name for name in ("numpy", "pydantic", "psutil", "rich") if name in sys.modules])
"""
    line = [sys.executable, "-c", code]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "[]\n"
