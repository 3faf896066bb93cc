"""Help as of a manual page: a line, a paragraph, examples that parse, and what else there is."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.cli.help import examples_of

Command = Callable[..., Any]


def _commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


EXAMPLES = {
    name: examples_of(command.callback) for name, command in _commands(typer.main.get_command(app))
}
COMMANDS = sorted(EXAMPLES)


def _help(command: str, columns: int) -> str:
    line = [*command.split(), "--help"]
    shown = CliRunner().invoke(app, line, env={"COLUMNS": str(columns)}, terminal_width=columns)
    assert shown.exit_code == 0
    return shown.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(command: str) -> None:
    assert EXAMPLES[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_parts_of_a_help(command: str) -> None:
    text = _help(command, 80)
    assert text.startswith(f"Usage: digitbench {command} ")
    for part in ("\nOptions:\n", "\n  Examples:\n", "\n  See also: digitbench ", "--help"):
        assert part in text, part
    for untidy in ("<int", "<str>", "<path>", "list[", "{", "[["):
        assert untidy not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", ["", "data", "plugin", *COMMANDS])
def test_no_word_of_a_help_is_cut_or_lost_at_80_columns(command: str) -> None:
    narrow, wide = _help(command, 80), _help(command, 1_000)
    assert narrow.split() == wide.split()
    assert max(map(len, narrow.splitlines())) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in narrow
    several = re.compile(r"[A-Z]\]?\.\.\.")  # `MODEL...`: any number of models
    assert "..." not in several.sub("", narrow)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_are_in_the_help_and_can_be_parsed(command: str, workdir: Path) -> None:
    text = _help(command, 80)
    found: dict[str, Any] = dict(_commands(typer.main.get_command(app)))
    for example in EXAMPLES[command]:
        assert f"\n    {example}\n" in text
        words = shlex.split(example.partition(" > ")[0])
        name = command.split()
        assert words[: len(name) + 1] == ["digitbench", *name]
        context = found[command].make_context(command, words[len(name) + 1 :])
        assert not context.args


def test_many_options_are_in_groups() -> None:
    text = _help("run", 80)
    for title, option in (("Trials", "--trials"), ("Data", "--dataset"), ("Output", "--json")):
        section = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert option in section, title
    assert "\nTrials:" not in _help("show", 80)


@pytest.mark.parametrize("group", [(), ("data",), ("plugin",)])
def test_no_sentence_about_a_command_is_cut_short(command: Command, group: tuple[str, ...]) -> None:
    text = command(*group, "--help").out.partition("Commands:")[2]
    assert text
    assert "..." not in text
    assert all(len(line) <= 80 for line in text.splitlines())
