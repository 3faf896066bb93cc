"""`docs/conformance.md`: its model, its tests and its table are as it says."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.testing.checks import CHECKS

PAGE = "docs/conformance.md"

Blocks = Callable[[str], list[Any]]


@pytest.fixture
def block(blocks: Blocks) -> Callable[[str], str]:
    """Return a function that finds a block by its marker."""

    def find(marker: str) -> str:
        (found,) = (block.text for block in blocks(PAGE) if block.marker == marker)
        return str(found)

    return find


@pytest.fixture
def faulty(block: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Save the model of the page, and work where it lies."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "means.py"
    path.write_text(block("file: means.py"), encoding="utf-8")
    return path


@pytest.fixture
def mended(faulty: Path, block: Callable[[str], str]) -> Path:
    text = faulty.read_text(encoding="utf-8")
    line = "        return images.reshape(len(images), -1) / 255\n"
    assert text.count(line) == 1
    faulty.write_text(text.replace(line, block("mended")), encoding="utf-8")
    return faulty


def test_the_command_finds_the_fault_as_shown(faulty: Path, blocks: Blocks) -> None:
    result = CliRunner().invoke(app, ["plugin", "check", "means", "--plugin-file", str(faulty)])
    assert result.exit_code == 3
    (shown,) = (block.text for block in blocks(PAGE) if block.language == "text")
    words = shown.split()
    # The time may be another, and the table folds long lines.
    assert words[:2] == ["empty_batch", "failed"]
    assert " ".join(words[4:]) in " ".join(result.stdout.split())
    assert re.findall(r"^ (\w+) +failed ", result.stdout, re.MULTILINE) == ["empty_batch"]


@pytest.mark.slow
def test_the_code_runs_with_the_mended_model(mended: Path, block: Callable[[str], str]) -> None:
    done = subprocess.run([sys.executable, "-c", block("run")], capture_output=True, check=False)
    assert done.stderr.decode() == ""
    assert done.returncode == 0


@pytest.mark.slow
def test_the_test_file_is_a_test_for_each_check(mended: Path, block: Callable[[str], str]) -> None:
    file = mended.parent / "test_conformance.py"
    file.write_text(block("file: test_conformance.py"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--collect-only", file],
        capture_output=True,
        encoding="utf-8",
        cwd=mended.parent,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "test_conformance[means-learns]" in done.stdout
    assert f"{len(CHECKS)} tests collected" in done.stdout


def test_the_table_has_every_check_in_order_and_says_why(site_page: Callable[[str], str]) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \| (.+\.) \| (.*) \|$", site_page("conformance.md"), re.M
    )
    assert [name for name, *_ in rows] == list(CHECKS)
    assert sum("%" in tolerated for *_, tolerated in rows) >= 5
