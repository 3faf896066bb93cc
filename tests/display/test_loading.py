"""Bars of what loaders do: on a terminal only."""

import io

import pytest
from rich.console import Console

from digitbench.display.loading import loading_bars

MAKING = "making the test set fog (3 conditions), once"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_per_file_and_work_on_a_terminal_only(terminal: bool) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    with loading_bars(console) as bars:
        bars.downloaded("train-images.gz", 500_000, 1_000_000)
        bars.downloaded("labels[1].gz", 10, None)
        bars.downloaded("train-images.gz", 1_000_000, 1_000_000)
        bars.worked(MAKING, 0, 3)
        bars.worked(MAKING, 2, 3)
    text = file.getvalue()
    if terminal:
        assert "train-images.gz" in text
        assert "labels[1].gz" in text
        assert "1.0/1.0 MB" in text
        assert "2/3" in text
    else:
        assert text == ""
