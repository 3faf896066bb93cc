"""One process at a time writes a run."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import lock_descriptor

from digitbench.errors import StoreError
from digitbench.runner.lock import is_being_written, sole_writer

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
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ([".lock"] if sys.platform == "win32" else [])


def test_who_looks_on_knows_whether_a_run_is_written(tmp_path: Path) -> None:
    assert not is_being_written(tmp_path)
    with sole_writer(tmp_path):
        assert is_being_written(tmp_path)
    assert not is_being_written(tmp_path)
    assert not is_being_written(tmp_path / "gone")


def test_a_look_does_not_keep_a_writer_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker = os.open(tmp_path, os.O_RDONLY)
    assert lock_descriptor(looker, blocking=False)
    monkeypatch.setattr("time.sleep", lambda seconds: os.close(looker))
    with sole_writer(tmp_path):
        pass


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


@pytest.mark.skipif(sys.platform == "win32", reason="another lock is used there")
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with sole_writer(tmp_path), sole_writer(tmp_path):
        assert is_being_written(tmp_path)


def test_a_directory_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), sole_writer(tmp_path / "gone"):
        pass
