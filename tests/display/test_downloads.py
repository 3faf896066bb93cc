"""The bars of downloads: one per file on a terminal, nothing elsewhere."""

import io

import pytest
from rich.console import Console

from digitbench.display.downloads import download_bars


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_per_file_on_a_terminal_only(terminal: bool) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    with download_bars(console) as show:
        show("train-images.gz", 500_000, 1_000_000)
        show("labels[1].gz", 10, None)
        show("train-images.gz", 1_000_000, 1_000_000)
    text = file.getvalue()
    if terminal:
        assert "train-images.gz" in text
        assert "labels[1].gz" in text
        assert "1.0/1.0 MB" in text
    else:
        assert text == ""
