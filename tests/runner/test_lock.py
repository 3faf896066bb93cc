"""One process at a time writes a run."""

import subprocess
import sys
from pathlib import Path

import pytest

from digitbench.errors import StoreError
from digitbench.runner.lock import sole_writer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks on Windows")

HOLD = """
import sys, time
from pathlib import Path
from digitbench.runner.lock import sole_writer
with sole_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            sole_writer(tmp_path),
            pytest.raises(StoreError, match="another process is writing"),
            sole_writer(tmp_path),
        ):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="another process is writing"), sole_writer(tmp_path):
            pass
        holder.kill()
        holder.wait(timeout=30)
    with sole_writer(tmp_path):
        pass


def test_a_file_system_without_locks_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    with sole_writer(tmp_path), sole_writer(tmp_path):
        pass
