"""Runs of programs that show nothing, or log what is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.store import read_run
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
