"""`docs/comparing.md` shows and explains what `digitbench compare` prints, line for line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.plugins import PluginHost
from digitbench.types import RunRecord

PAGE = "docs/comparing.md"
HEADING = re.compile(r"^(\S+(?:,? \S+)*) {2,}[-+—<\w\d]")


@pytest.fixture
def printed(
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Return what the command prints of a model that is far better than another."""
    monkeypatch.setenv("COLUMNS", "80")
    run_tiny(host_of("centroid"), "centroid[noise=3],centroid")
    sides = ("centroid[noise=3.0]", "centroid")
    result = CliRunner().invoke(
        app, ["compare", *sides, "--images", "0", "--runs-dir", str(tmp_path / "runs")]
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout


def whoever(line: str) -> str:
    """Return a line without what depends on the data set."""
    return re.sub(r"Images of [\d,]+", "Images", line.replace("new writers", "new digits"))


def headings(text: str) -> list[str]:
    """Return what the lines of the tables begin with, whoever the figures are about."""
    found = (HEADING.match(whoever(line)) for line in text.splitlines())
    return [match[1] for match in found if match]


def test_the_example_has_the_lines_that_are_printed(
    blocks: Callable[[str], list[Any]], printed: str
) -> None:
    example = next(block.text for block in blocks(PAGE) if block.text.startswith("$ digitbench"))
    assert len(headings(printed)) > 15
    drawn = example.index("\nNewly wrong: 43")
    of_several_trials = "95 % interval, this test set, %"
    lines = [line for line in headings(printed) if line != of_several_trials]
    assert headings(example[:drawn]) == lines


def test_every_line_is_explained_and_no_other(root: Path, printed: str) -> None:
    page = (root / PAGE).read_text(encoding="utf-8")
    table = page.partition("| Line | Meaning |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| ([A-Zp95][^|]+?) \|", table, re.MULTILINE)
    titles = {"Accuracy", "B less A", "Digit"}
    explained = [whoever(line) for line in explained]
    assert explained == [line for line in headings(printed) if line not in titles]
