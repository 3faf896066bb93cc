"""What a loader does, as it is told on a terminal and in a log file."""

import io
from pathlib import Path

from rich.console import Console

from digitbench.display.messages import RichMessages
from digitbench.types import DataContext

MAKING = "making the test set fog (3 conditions), once; kept in /cache"


def shown(*, terminal: bool) -> str:
    file = io.StringIO()
    messages = RichMessages(Console(file=file, force_terminal=terminal, width=100, highlight=False))
    with messages.loading(DataContext(Path("cache"))) as context:
        assert context.cache_dir == Path("cache")
        assert context.progress is not None
        assert context.working is not None
        for received_bytes in (0, 9_912_422):
            context.progress("train-images.gz", received_bytes, 9_912_422)
        context.progress("labels.gz", 10, None)
        for done in range(4):
            context.working(MAKING, done, 3)
    return file.getvalue()


def test_a_log_file_has_a_line_for_each_file_and_work() -> None:
    assert shown(terminal=False).splitlines() == [
        "downloading train-images.gz, 9.9 MB",
        "downloading labels.gz",
        MAKING,
    ]


def test_on_a_terminal_bars_go_on_below_the_line() -> None:
    text = shown(terminal=True)
    assert text.count(MAKING) == 1
    assert "downloading" not in text
    assert "9.9/9.9 MB" in text
    assert "3/3" in text
