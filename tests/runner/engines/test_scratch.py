"""Temporary directories: gone at the end, and those of dead processes with them."""

import os
import sys
import time
from pathlib import Path

import pytest

from digitbench.runner.engines.scratch import scratch_directory

ANCIENT = time.time() - 3600


def test_it_is_gone_at_the_end(tmp_path: Path) -> None:
    with scratch_directory(tmp_path) as path:
        (path / "file").touch()
        assert path.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks that end with their process")
def test_what_dead_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("digitbench-workers-dead", "digitbench-workers-young", "somebody-elses"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
        if not name.endswith("young"):
            os.utime(tmp_path / name, (ANCIENT, ANCIENT))
    with scratch_directory(tmp_path) as held:
        os.utime(held, (ANCIENT, ANCIENT))
        with scratch_directory(tmp_path):
            names = {path.name for path in tmp_path.iterdir()}
            assert {held.name, "digitbench-workers-young", "somebody-elses"} <= names
            assert "digitbench-workers-dead" not in names
