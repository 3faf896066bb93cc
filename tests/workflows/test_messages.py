"""Runs of programs that show nothing, or log what is said."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.store import read_run
from digitbench.types import DataContext
from digitbench.workflows.execute import new_run
from digitbench.workflows.looks import execute
from digitbench.workflows.messages import LoggedMessages, Messages, SilentMessages
from digitbench.workflows.request import RunRequest


@pytest.mark.parametrize("messages", [SilentMessages(), LoggedMessages()])
def test_a_run_needs_nobody_to_listen(
    messages: Messages, plugin_file: Callable[[str], Path], tmp_path: Path
) -> None:
    request = RunRequest(
        models="centroid",
        dataset="digits",
        offline=True,
        engine="inline",
        plugin_files=(plugin_file("centroid"),),
        runs_dir=tmp_path,
    )
    record = read_run(execute(new_run(request, messages), messages))
    assert [trial.status for trial in record.results] == ["ok"]


def test_a_program_finds_in_its_log_what_takes_a_loader_long(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO, "digitbench")
    with LoggedMessages().loading(DataContext(tmp_path)) as context:
        assert context.working is not None
        for done in range(3):
            context.working("making the test set fog (2 conditions), once", done, 2)
    assert caplog.messages == ["making the test set fog (2 conditions), once"]
