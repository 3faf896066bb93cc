"""The command line reference is what the commands say, and the exit codes are all explained."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.cli.exit_codes import ExitCode

GROUPS = {"data": ["list", "fetch", "verify"], "plugin": ["check", "new"]}
TOP = [name for name in get_command(app).commands if name not in GROUPS]  # type: ignore[attr-defined]
COMMANDS = [*TOP, *(f"{group} {name}" for group, names in GROUPS.items() for name in names)]


def test_every_command_has_a_section(site_page: Callable[[str], str]) -> None:
    sections = re.findall(r"^## `digitbench ?(.*)`$", site_page("cli.md"), re.MULTILINE)
    groups = [
        name
        for group, names in GROUPS.items()
        for name in ("", *names)
        for name in [f"{group} {name}".strip()]
    ]
    assert sections == ["", *TOP, *groups]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_help_is_in_the_page(
    command: str, site_page: Callable[[str], str]
) -> None:
    page = site_page("cli.md")
    section = page.partition(f"## `digitbench {command}`")[2].partition("\n## ")[0]
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    unwrapped = re.sub(r"-\n\s+", "-", shown.stdout)
    helped = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", unwrapped)) - {"--help"}
    documented = set(re.findall(r"`(--[a-z0-9-]+)`", section))
    assert helped == documented


def test_every_exit_code_is_explained(root: Path) -> None:
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \|$", page, re.M)
    assert [int(code) for code in rows] == [int(code) for code in ExitCode]


def test_a_mark_that_stands_for_nothing_is_refused(generate: ModuleType) -> None:
    with pytest.raises(KeyError, match="nothing"):
        generate.completed("<!-- generated: fields of nothing -->\n")
