"""The gate in a test suite: a suite is written, run by pytest in a process of its own, and read."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digitbench.cli import app
from digitbench.errors import UsageError
from digitbench.workflows.check import judge_asked
from digitbench.workflows.messages import SilentMessages

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
        assert digitbench_run.record is self.seen.record

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
    plugin_file: Callable[[str], Path],
    digits_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> subprocess.CompletedProcess[str]:
    """Run the suite."""
    folder = tmp_path_factory.mktemp("suite")
    plugin = shutil.copy(plugin_file("centroid"), folder / "centroid.py")
    where = ("--offline", "--runs-dir", str(folder / "runs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
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


MARKED = Path(__file__).parent / "data" / "marked"

WAYS = {
    "test_ways.py::test_function": "FAILED",
    "test_ways.py::test_function_with_an_equal_mark": "FAILED",
    "test_ways.py::test_that_decides_itself": "PASSED",
    "test_ways.py::test_after_one_that_decided_itself": "FAILED",
    "test_ways.py::test_that_asks_for_the_record_only": "FAILED",
    "test_ways.py::TestMethods::test_method": "FAILED",
    "test_ways.py::TestMethods::test_static_method": "FAILED",
    "test_ways.py::TestClass::test_in_class": "FAILED",
    "test_ways.py::TestHeir::test_in_class": "FAILED",
    "test_ways.py::TestHeir::test_in_heir": "FAILED",
    "test_ways.py::TestOld::test_unittest_method": "FAILED",
    "test_ways.py::TestOld::test_unittest_method_that_fails_itself": "FAILED",
    "test_ways.py::TestOld::test_unittest_method_that_skips_itself": "SKIPPED",
    "test_ways.py::TestOld::test_unittest_with_subtests": "FAILED",
    "test_ways.py::TestOld::test_unittest_expected_failure": "FAILED",
    "test_ways.py::TestOldClass::test_unittest_class": "FAILED",
    "test_ways.py::TestOldAsync::test_unittest_async": "FAILED",
    "test_ways.py::test_parametrized[1]": "FAILED",
    "test_ways.py::test_parametrized[2]": "FAILED",
    "test_ways.py::test_parameter[1]": "FAILED",
    "test_ways.py::test_parameter[2]": "PASSED",
    "test_ways.py::test_two_marks_inner": "FAILED",
    "test_ways.py::test_two_marks_outer": "FAILED",
    "test_ways.py::TestClassAndFunction::test_both_are_judged": "FAILED",
    "test_ways.py::TestClassAndFunction::test_the_closest_is_given": "FAILED",
    "test_ways.py::test_xfail_strict": "XFAIL",
    "test_ways.py::test_xfail": "XFAIL",
    "test_ways.py::test_xfail_strict_of_what_passes": "FAILED",
    "test_ways.py::test_xfail_of_another_error": "FAILED",
    "test_ways.py::test_xfail_of_a_mistaken_mark": "ERROR",
    "test_ways.py::test_skip": "SKIPPED",
    "test_ways.py::test_skipif": "FAILED",
    "test_ways.py::test_that_skips_itself": "SKIPPED",
    "test_ways.py::test_that_fails_itself": "FAILED",
    "test_ways.py::test_subtests": "FAILED",
    "test_ways.py::test_hypothesis": "FAILED",
    "test_ways.py::test_that_uses_the_run_through_a_fixture": "FAILED",
    "test_ways.py::test_that_asks_by_name": "FAILED",
    "test_ways.py::test_async": "FAILED",
    "test_module.py::test_module": "FAILED",
    "test_module.py::test_in_module": "FAILED",
    "lines.txt::from_a_text_file": "FAILED",
}
"""What becomes of each test of `tests/data/marked`; nearly all of their gates fail."""
BY_ITSELF = {
    "test_ways.py::test_that_fails_itself": "ValueError: by itself",
    "test_ways.py::TestOld::test_unittest_method_that_fails_itself": "by itself",
    "test_ways.py::TestOld::test_unittest_expected_failure": "Unexpected success",
    "test_ways.py::test_xfail_strict_of_what_passes": "[XPASS(strict)] known",
    "test_ways.py::test_async": "async def functions are not natively supported",
}
"""Tests that fail for another reason than their gate, and what is shown."""


UNSKIPPED = {name: what for name, what in WAYS.items() if what != "SKIPPED"}


@pytest.fixture(scope="module")
def marked(plugin_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a suite that carries the mark in every way."""
    folder = tmp_path_factory.mktemp("marked")
    shutil.copy(plugin_file("centroid"), folder / "centroid.py")
    shutil.copy(MARKED / "ways.py", folder / "test_ways.py")
    shutil.copy(MARKED / "module.py", folder / "test_module.py")
    shutil.copy(MARKED / "collector.py", folder / "conftest.py")
    (folder / "lines.txt").write_text("from_a_text_file", encoding="utf-8")
    options = "-rA --strict-markers --doctest-modules --ignore=centroid.py --import-mode=importlib"
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {options}\n", encoding="utf-8")
    return folder


@dataclass
class Suite:
    """Runs the marked suite in this process, where all that it needs is imported already."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    shown: str = ""

    def run(self, *arguments: str) -> dict[str, str]:
        """Return what became of each test, as pytest's summary says; keep what it printed."""
        plugins = ("-p", "no:randomly", "-p", "no:faulthandler", "--rootdir", str(self.folder))
        pytest.main([*plugins, *arguments])
        self.shown = self.capsys.readouterr().out
        return outcomes(self.shown)

    def reasons(self) -> dict[str, str]:
        """Return why tests failed."""
        return dict(re.findall(r"^FAILED (\S+) - (.*)$", self.shown, re.MULTILINE))


def outcomes(shown: str) -> dict[str, str]:
    """Return what became of each test, from pytest's summary."""
    lines = re.findall(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS) (\S+::\S+)", shown, re.MULTILINE)
    return {name: outcome for outcome, name in lines}


@pytest.fixture
def suite(
    marked: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Suite:
    """Return the marked suite, to be run where it lies."""
    monkeypatch.chdir(marked)
    monkeypatch.setenv("COLUMNS", "200")
    return Suite(marked, capsys)


def test_a_mark_is_judged_on_every_kind_of_test(suite: Suite) -> None:
    assert suite.run() == UNSKIPPED
    assert " 3 skipped" in suite.shown
    reasons = suite.reasons()
    for name, reason in BY_ITSELF.items():
        assert reason in reasons[name]
    by_gates = reasons.keys() - BY_ITSELF.keys()
    assert all(reasons[name].startswith("Failed: digitbench FAILED") for name in by_gates)


def test_a_second_attempt_is_judged_again(suite: Suite) -> None:
    assert suite.run("--twice", "-p", "no:cacheprovider") == UNSKIPPED


def test_what_failed_before_fails_again_alone(suite: Suite) -> None:
    some = ("test_module.py", "lines.txt")
    first = suite.run(*some)
    assert suite.run("--last-failed", *some) == first
    assert suite.run("--last-failed", some[0]) == {
        name: "FAILED" for name in first if name.startswith(some[0])
    }


@pytest.mark.slow
def test_workers_judge_what_they_run(marked: Path) -> None:
    pytest.importorskip("xdist")
    few = ("test_module.py", "lines.txt", "-n", "2", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *few]
    shown = subprocess.run(command, cwd=marked, capture_output=True, text=True, check=False).stdout
    assert outcomes(shown) == {
        name: what for name, what in WAYS.items() if not name.startswith("test_ways")
    }


def test_runs_are_made_without_the_temporary_directories_of_pytest(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shown = suite.run("-p", "no:tmpdir", "-p", "no:cacheprovider", "lines.txt")
    assert shown == {"lines.txt::from_a_text_file": "FAILED"}
    assert len(list(tmp_path.glob("digitbench-*/*-centroid"))) == 1


def test_nothing_is_run_where_only_the_fixtures_are_wanted(suite: Suite, tmp_path: Path) -> None:
    suite.run("--setup-plan", f"--basetemp={tmp_path / 'base'}", "test_module.py")
    assert "failed" not in suite.shown
    assert not list(tmp_path.glob("base/digitbench*"))


def test_without_the_plugin_a_mark_is_unknown(marked: Path) -> None:
    """Nothing could judge it then, and strict marks say so.

    In a process of its own: pytest remembers all the marks that it once knew.
    """
    command = [sys.executable, "-m", "pytest", "-p", "no:digitbench", "test_module.py"]
    shown = subprocess.run(command, cwd=marked, capture_output=True, text=True, check=False).stdout
    assert "PASSED" not in outcomes(shown).values()
    assert "'digitbench' not found in `markers` configuration option" in shown


def test_a_mark_on_a_fixture_is_refused(suite: Suite, tmp_path: Path) -> None:
    code = """
import pytest

@pytest.mark.digitbench(models="knn")
@pytest.fixture
def marked():
    pass

def test_that_uses_it(marked):
    pass
"""
    file = tmp_path / "test_fixture.py"
    file.write_text(code, encoding="utf-8")
    assert "PASSED" not in suite.run("-p", "no:cacheprovider", "-W", "error", str(file)).values()
    assert re.search("Marks (cannot be )?applied to (fixtures|a fixture)", suite.shown)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"trials": 0}, "trials = 0: Input should be greater than or equal to 1"),
        ({"trials": "3"}, "trials = '3': Input should be a valid integer"),
        ({"models": 5}, "models = 5: write a string or a list of strings and tables"),
        ({"jobs": 0}, "jobs = 0: write a number of trials, 1 or more, or auto"),
        ({"seed": "a"}, "seed = 'a': Input should be a valid integer"),
        ({"baseline": 3}, "baseline = 3: name a file"),
        ({"plugin_files": "centroid.py"}, "plugin_files = 'centroid.py': Input should be a"),
        ({"offline": "no"}, "offline = 'no': Input should be a valid boolean"),
        ({"until_decided": "all"}, "until_decided is not known"),
        ({"quick": True}, "quick is not known"),
        ({"vary": "data"}, "a gate compares trials that differ by their seeds alone"),
    ],
)
def test_a_wrong_value_is_named(
    asked: dict[str, object], said: str, plugin_file: Callable[[str], Path], tmp_path: Path
) -> None:
    usual = {
        "models": ["centroid"],
        "dataset": "digits",
        "engine": "inline",
        "offline": True,
        "plugin_files": [plugin_file("centroid")],
    }
    with pytest.raises(UsageError, match=re.escape(said)):
        judge_asked({**usual, **asked}, tmp_path, tmp_path / "runs", SilentMessages())


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
