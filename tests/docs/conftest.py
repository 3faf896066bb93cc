"""What the tests of the documentation share: the pages' code blocks, and a tiny stored run."""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import RunPlan, RunRecord, TrialData

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        language: the word after the fence.
        text: what it holds.
        marker: the comment on the line before the fence; empty if there is none.
    """

    language: str
    text: str
    marker: str


@pytest.fixture(autouse=True)
def digits_at_hand(digits_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the bundled digits between tests."""
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))


@pytest.fixture
def root() -> Path:
    """Return the root of the project."""
    return ROOT


@pytest.fixture
def blocks() -> Callable[[str], list[Block]]:
    """Return a function that lists the fenced blocks of a page, named from the root."""

    def read(page: str) -> list[Block]:
        text = (ROOT / page).read_text(encoding="utf-8")
        return [
            Block(match["language"], match["text"], match["marker"] or "")
            for match in _BLOCK.finditer(text)
        ]

    return read


@pytest.fixture
def site_page(generate: ModuleType) -> Callable[[str], str]:
    """Return a function that reads a page of `docs/` with all that the site fills in."""

    def read(page: str) -> str:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        return str(generate.completed(text))

    return read


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    """Return `docs/generate.py` as a module."""
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_tiny(
    plan_of: Callable[..., RunPlan], run_plan_tiny: Callable[[PluginHost, RunPlan], RunRecord]
) -> Callable[[PluginHost, str], RunRecord]:
    """Return a function that runs models of a host twice on tiny data and reads the run back."""
    return lambda host, models: run_plan_tiny(host, plan_of(host, models))


@pytest.fixture
def run_plan_tiny(
    tiny_data: TrialData, tmp_path: Path
) -> Callable[[PluginHost, RunPlan], RunRecord]:
    """Return a function that runs a plan on tiny data and reads the run back."""

    def run(host: PluginHost, plan: RunPlan) -> RunRecord:
        return read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "runs"))

    return run
