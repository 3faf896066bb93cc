"""Messages: a warning is one line where it is not read on a terminal."""

import io
import logging
import re

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitbench.cli.console import results_console
from digitbench.display.console import PlainConsole
from digitbench.display.messages import RichMessages


def test_a_warning_is_one_line_however_long_it_is() -> None:
    for width in (40, 160):
        console = Console(file=io.StringIO(), width=width)
        RichMessages(console).warn("first\nsecond [bold] " + "word " * 100)
        written = console.file.getvalue()  # type: ignore[attr-defined]
        assert written == "warning: first second [bold] " + "word " * 99 + "word\n"


def test_lines_end_where_their_text_does(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("Model", "What it is", box=None)
    table.add_row("knn", "long words")
    table.add_row("svm", "short")
    results_console().print(table)
    piped = capsys.readouterr().out
    assert not re.search(r"[ \t]$", piped, re.MULTILINE)
    plain = Console(file=io.StringIO(), width=160)
    plain.print(table)
    filled = plain.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert filled[2].endswith("short      ")
    assert piped.splitlines() == [line.rstrip() for line in filled]


def test_a_plugin_that_raises_the_level_of_all_loggers_hides_no_warning_of_ours() -> None:
    console = Console(file=io.StringIO(), width=80)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.CRITICAL)
    try:
        with RichMessages(console).logged():
            logging.getLogger("digitbench.plugins").warning("left out")
    finally:
        root.setLevel(level)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "warning: left out\n"
    assert logging.getLogger("digitbench").level == logging.NOTSET


@pytest.mark.parametrize(
    "columns", ["", "0", "00", "1", "3", "-5", "abc", "\N{SUPERSCRIPT TWO}", "9" * 5000]
)
def test_there_is_always_room_to_read(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    console = results_console()
    assert console.width in {40, 160}
    console.print("word " * 30)
    assert capsys.readouterr().out.split() == ["word"] * 30


def test_text_of_others_is_shown_and_does_nothing() -> None:
    console = PlainConsole(io.StringIO(), force_terminal=True, width=300)
    foreign = "a\x1b[31m\x07\x9b[bold]b[/bold]:smile:\u202e\u2028"
    table = Table("Model")
    table.add_row(Text.assemble(("x", "bold"), foreign, ("y", "red")))
    table.add_row(foreign)
    console.print(table, Text(foreign), foreign)
    RichMessages(console).warn(foreign)
    shown = re.sub("\x1b\\[[0-9;]*m", "", console.file.getvalue())  # type: ignore[attr-defined]
    assert "\x1b" not in shown
    assert not {"\x07", "\x9b", "\u202e", "\u2028"} & set(shown)
    assert shown.count(r"[bold]b[/bold]:smile:\u202e\u2028") >= 2  # the table folds it
    assert r"xa\x1b[31m" in shown
