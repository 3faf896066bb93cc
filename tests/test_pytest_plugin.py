"""The gate in a test suite: a suite is written, run by pytest in a process of its own, and read."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitbench.cli import app

GIVEN = 'plugin_files=["centroid.py"], engine="inline", offline=True'

SUITE = f"""
import pytest

@pytest.mark.digitbench(baseline="baseline.json", {GIVEN})
def test_is_no_worse():
    pass

@pytest.mark.digitbench(models="centroid", dataset="digits", min_accuracy=0.99, {GIVEN})
def test_reaches_the_floor():
    pass

@pytest.mark.digitbench(models="centroid", dataset="digits", min_accuracy=0.99, {GIVEN})
def test_looks_for_itself(digitbench_run):
    assert not digitbench_run.passed
    assert digitbench_run.accuracy("centroid") > 0.9
    assert len(digitbench_run.record.results) == 1

@pytest.mark.digitbench(models="centroid,centroid[noise=1]", dataset="digits", trials=2, {GIVEN})
class TestRun:
    def test_without_gates(self, digitbench_run):
        type(self).seen = digitbench_run
        assert len(digitbench_run.record.results) == 3

    def test_is_run_once_for_all(self, digitbench_run):
        assert digitbench_run is self.seen

@pytest.mark.digitbench(models="centroid", colour="red")
def test_unknown_argument():
    pass

@pytest.mark.digitbench(baseline="none.json")
def test_no_baseline(digitbench_run):
    pass

@pytest.mark.digitbench("centroid")
def test_without_a_name():
    pass

def test_without_a_mark(digitbench_run):
    pass
"""


@pytest.fixture(scope="module")
def outcome(
    plugin_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    """Run the suite."""
    folder = tmp_path_factory.mktemp("suite")
    plugin = shutil.copy(plugin_file("centroid"), folder / "centroid.py")
    where = ("--offline", "--runs-dir", str(folder / "runs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITBENCH_CACHE_DIR", str(folder / "cache"))
        run = ("run", "-m", "centroid[noise=0.3]", "-d", "digits", "-t", "3", "--engine", "inline")
        made = CliRunner().invoke(app, [*run, "--plugin-file", str(plugin), *where])
        assert made.exit_code == 0, made.stderr
        baseline = CliRunner().invoke(app, ["baseline", *where[1:]]).stdout
        (folder / "baseline.json").write_text(baseline, encoding="utf-8")
        (folder / "test_models.py").write_text(SUITE, encoding="utf-8")
        (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-rA", "--strict-markers"]
        return subprocess.run(
            [*command, "-p", "no:cacheprovider", "-p", "no:randomly"],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_is_no_worse", "PASSED"),
        ("test_reaches_the_floor", "FAILED"),
        ("test_looks_for_itself", "PASSED"),
        ("TestRun::test_without_gates", "PASSED"),
        ("TestRun::test_is_run_once_for_all", "PASSED"),
        ("test_unknown_argument", "ERROR"),
        ("test_no_baseline", "ERROR"),
        ("test_without_a_name", "ERROR"),
        ("test_without_a_mark", "ERROR"),
    ],
)
def test_a_marked_test_is_a_gate(
    outcome: subprocess.CompletedProcess[str], name: str, expected: str
) -> None:
    assert f"{expected} test_models.py::{name}" in outcome.stdout, outcome.stdout


@pytest.mark.parametrize(
    "line",
    [
        "digitbench FAILED: of 2 gates 1 failed, 1 passed",
        "      91.27 % (1 trial), below the floor of 99 %",
        "digitbench_run needs a mark: @pytest.mark.digitbench(models=...)",
        "@pytest.mark.digitbench takes names only, as models=...",
    ],
)
def test_a_failure_can_be_read(outcome: subprocess.CompletedProcess[str], line: str) -> None:
    assert line in outcome.stdout.splitlines()


def test_mistakes_are_one_line(outcome: subprocess.CompletedProcess[str]) -> None:
    assert "digitbench: colour is not known; there are: " in outcome.stdout
    assert "digitbench: cannot read the baseline " in outcome.stdout
    assert "Traceback" not in outcome.stdout


def test_nothing_heavy_is_loaded_until_a_test_is_marked() -> None:
    """The module costs pytest's start what its imports cost: those of pytest are there anyway."""
    script = (
        "import sys, pytest, pluggy\n"
        "before = set(sys.modules)\n"
        "import digitbench.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["digitbench", "digitbench.pytest_plugin"]


def test_the_mark_is_known(pytestconfig: pytest.Config) -> None:
    markers = pytestconfig.getini("markers")
    assert any(marker.startswith("digitbench(models=") for marker in markers)
