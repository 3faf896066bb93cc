"""Images as files that other processes map."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import EngineError
from digitbench.runner.engines.pool import WorkerPool
from digitbench.runner.engines.recipe import RunConfig
from digitbench.runner.engines.shared_data import share
from digitbench.types import EngineContext, RunInputs, TrialData


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no room for a file."""

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)


@pytest.mark.usefixtures("full_disk")
def test_where_there_is_no_room_it_is_said_in_one_line(
    tiny_data: TrialData, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r"No space left on device.*TMPDIR") as caught:
        share(tiny_data, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("full_disk")
def test_a_pool_that_cannot_begin_leaves_nothing(inputs: RunInputs, tmp_path: Path) -> None:
    pool = WorkerPool(RunConfig.local(inputs, EngineContext()), parent=tmp_path)
    with pytest.raises(EngineError, match="No space left"), pool:
        pytest.fail("it has begun")
    assert list(tmp_path.iterdir()) == []


def test_the_arrays_come_back_as_they_were(tiny_data: TrialData, tmp_path: Path) -> None:
    there = share(tiny_data, tmp_path).open()
    assert np.array_equal(there.test.images, tiny_data.test.images)
    assert not there.test.images.flags.writeable
