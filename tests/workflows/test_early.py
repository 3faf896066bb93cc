"""Which runs a worker is started early for."""

from typing import Any

import pytest

from digitbench.processors import available_cpus
from digitbench.runner.engines import early
from digitbench.workflows.early import early_worker


class Noted:
    """Notes for how many threads it was to be started."""

    def __init__(self, threads: int) -> None:
        self.threads = threads


@pytest.mark.parametrize(
    ("asked", "threads"),
    [
        ({}, available_cpus()),
        ({"engine": "process", "threads": 3}, 3),
        ({"jobs": 1000}, 1),
        ({"jobs": 1000, "threads": 2}, 2),
    ],
)
def test_it_has_the_threads_of_a_trial(
    asked: dict[str, Any], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "EarlyWorker", Noted)
    found: Any = early_worker(asked)
    assert found.threads == threads


@pytest.mark.parametrize(("asked", "wanted"), [({"engine": "inline"}, True), ({}, False)])
def test_there_is_none_where_no_worker_runs_trials(asked: dict[str, Any], wanted: bool) -> None:
    with early_worker(asked, wanted=wanted) as held:
        assert held is None
