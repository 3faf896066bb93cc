"""`docs/kept-models.md`: its model runs, is kept, and is loaded as the page says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.kept import MOST_BYTES
from digitbench.plugins import load_plugins
from digitbench.testing import Candidate
from digitbench.testing.checks import CHECKS
from digitbench.testing.model_under_test import ModelUnderTest

PAGE = "docs/kept-models.md"

Blocks = Callable[[str], list[Any]]


@pytest.fixture
def block(
    blocks: Blocks, digits_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Return a function that finds a block by its marker; its file lies in an empty directory."""

    def find(marker: str) -> str:
        (found,) = (block.text for block in blocks(PAGE) if block.marker == marker)
        return str(found)

    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
    monkeypatch.delenv("DIGITBENCH_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "means.py").write_text(find("file: means.py"), encoding="utf-8")
    return find


def test_the_model_of_the_page_is_kept_and_loaded(block: Callable[[str], str]) -> None:
    line = "run means --plugin-file means.py --dataset digits --offline --engine inline"
    outcome = CliRunner().invoke(app, line.split())
    assert outcome.exit_code == 0, outcome.output
    assert "Trained models kept: means." in outcome.stdout
    exec(compile(block("load"), PAGE, "exec"), {})  # noqa: S102


@pytest.mark.usefixtures("block")
def test_the_model_of_the_page_keeps_the_contract() -> None:
    host = load_plugins(files=[Path("means.py")], installed=[])
    examination = ModelUnderTest(Candidate(host.models["means"].spec), CHECKS)
    assert examination.result(CHECKS["keeping"]).ending is None


def test_the_limit_is_as_the_page_says(root: Path) -> None:
    text = " ".join((root / PAGE).read_text(encoding="utf-8").split())
    assert f"more than {MOST_BYTES // 1_000_000} MB" in text
