"""Checks in a process of their own: whatever ends it costs the check under way, and no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.errors import EngineError
from digitbench.plugins import PluginHost
from digitbench.testing import Candidate, CheckFailure, CheckResult, run_checks
from digitbench.testing.apart import Subject, run_checks_apart
from digitbench.testing.checks import CHECKS

PluginFile = Callable[[str], Path]
UNAFFECTED = {"fits_and_predicts", "one_image", "image_order", "learns", "option_values"}


def check(plugin_file: PluginFile, model: str, seconds: float = 60.0) -> dict[str, CheckResult]:
    subject = Subject(model, {}, plugin_files=(plugin_file("deadly_checks"),))
    return {result.check.name: result for result in run_checks_apart(subject, seconds)}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("segfaults", "SIGSEGV"),
        pytest.param("leaves", "with exit code 0", marks=pytest.mark.slow),
        pytest.param("interrupts", "SIGINT", marks=pytest.mark.slow),
        pytest.param("skips", "Skipped: not today", marks=pytest.mark.slow),
    ],
)
def test_what_ends_the_process_fails_the_check_under_way_alone(
    plugin_file: PluginFile, model: str, found: str
) -> None:
    results = check(plugin_file, model)
    assert list(results) == list(CHECKS)
    assert [name for name, result in results.items() if result.failed] == ["empty_batch"]
    ending = results["empty_batch"].ending
    assert isinstance(ending, CheckFailure)
    assert found in ending.found
    assert all(results[name].outcome == "passed" for name in UNAFFECTED)


def test_a_check_that_hangs_is_ended(plugin_file: PluginFile) -> None:
    results = check(plugin_file, "hangs", seconds=4.0)
    assert "it took more than 4 s and was ended" in results["empty_batch"].reason
    assert all(results[name].outcome == "passed" for name in UNAFFECTED)


@pytest.mark.parametrize(
    "model", [pytest.param("sound", marks=pytest.mark.slow), "fits_and_predicts"]
)
def test_results_are_those_of_the_same_checks_made_here(
    plugin_file: PluginFile, nonconforming: PluginHost, model: str
) -> None:
    subject = Subject(model, {}, plugin_files=(plugin_file("nonconforming"),))
    apart = [(r.check.name, r.outcome, r.reason) for r in run_checks_apart(subject)]
    here = run_checks(Candidate(nonconforming.models[model].spec))
    assert apart == [(r.check.name, r.outcome, r.reason) for r in here]


def test_a_process_that_does_not_come_to_the_first_check_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "leaves.py"
    file.write_text("import os\nos._exit(4)\n", encoding="utf-8")
    with pytest.raises(EngineError, match=r"no check of any could be begun: .* exit code 4"):
        list(run_checks_apart(Subject("any", {}, plugin_files=(file,))))
