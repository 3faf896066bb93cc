"""Running commands, in this process and as a process of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitbench.cli import app


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed on stdout, as JSON."""
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture
def workdir(tmp_path: Path, digits_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with a home of its own and no data but the bundled ones."""
    home = tmp_path / "home"
    directory = tmp_path / "work"
    home.mkdir()
    directory.mkdir()
    shutil.copytree(digits_cache, os.environ["DIGITBENCH_CACHE_DIR"])
    monkeypatch.chdir(directory)
    monkeypatch.setenv("HOME", str(home))
    for name in ("DIGITBENCH_DATA_DIR", "KERAS_HOME", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return directory


@pytest.fixture
def command(workdir: Path) -> Command:
    """Return a function that runs a command in this process."""

    def run(*arguments: str | Path) -> Outcome:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process(workdir: Path) -> Command:
    """Return a function that runs `python -m digitbench` as a process."""

    def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> Outcome:
        line: Sequence[str] = [sys.executable, "-m", "digitbench", *map(str, arguments)]
        result = subprocess.run(
            line,
            capture_output=True,
            encoding="utf-8",
            env=os.environ | (environment or {}),
            check=False,
            timeout=120,
        )
        return Outcome(result.returncode, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="module")
def stored(run_on_tiny_data: Callable[..., Path]) -> Path:
    """Make a run of two models and return the directory it is in."""
    return run_on_tiny_data("centroid,centroid[noise=0.5]").parent
