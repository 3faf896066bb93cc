"""`docs/cli.md` is what the commands say, and the exit codes are all explained."""

import re
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


def test_the_page_is_what_the_code_says(generate: ModuleType, root: Path) -> None:
    page = root / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == generate.regenerated(page), (
        "run `python docs/generate.py`"
    )


def test_every_command_has_a_section(root: Path) -> None:
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## `digitbench ?(.*)`$", page, re.MULTILINE)
    groups = [
        name
        for group, names in GROUPS.items()
        for name in ("", *names)
        for name in [f"{group} {name}".strip()]
    ]
    assert sections == ["", *TOP, *groups]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_help_is_in_the_page(command: str, root: Path) -> None:
    page = (root / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"## `digitbench {command}`")[2].partition("\n## ")[0]
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    unwrapped = re.sub(r"-\n\s+", "-", shown.stdout)
    helped = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", unwrapped)) - {"--help"}
    documented = set(re.findall(r"`(--[a-z-]+)`", section))
    assert helped == documented


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md", "docs/architecture.md"])
def test_every_exit_code_is_explained(page: str, root: Path) -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \|$", (root / page).read_text(encoding="utf-8"), re.M)
    assert [int(code) for code in rows] == [int(code) for code in ExitCode]


def test_a_page_without_its_marks_is_refused(generate: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "cli.md"
    page.write_text("# Command line\n", encoding="utf-8")
    with pytest.raises(ValueError, match="mark its generated part"):
        generate.regenerated(page)
