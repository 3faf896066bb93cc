"""All checks of a model at once, and each as a test of pytest."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from digitbench import BuildContext, Classifier, ModelOptions, ModelSpec
from digitbench.plugins import PluginHost
from digitbench.testing import (
    Candidate,
    ConformanceError,
    check_classifier,
    parametrize_with_checks,
)
from digitbench.testing.checks import CHECKS

TESTS = """
from importlib.util import module_from_spec, spec_from_file_location

from digitbench.testing import Candidate, parametrize_with_checks

located = spec_from_file_location("nonconforming", {plugin!r})
plugin = module_from_spec(located)
located.loader.exec_module(plugin)
specs = {{spec.name: spec for spec in plugin.digitbench_models()}}


@parametrize_with_checks(
    [specs["empty_batch"], Candidate(specs["option_descriptions"], {{"k": 2}})]
)
def test_conformance(model, check):
    check(model)
"""


def test_a_model_that_passes_gets_its_results(nonconforming: PluginHost) -> None:
    results = check_classifier(nonconforming.models["sound"].spec)
    assert [result.check.name for result in results] == list(CHECKS)
    assert all(result.seconds >= 0 for result in results)


def test_a_model_that_fails_is_told_every_failure(nonconforming: PluginHost) -> None:
    with pytest.raises(ConformanceError) as caught:
        check_classifier(nonconforming.models["empty_batch"].spec)
    first, *lines = str(caught.value).splitlines()
    assert first == f"empty_batch fails 1 of {len(CHECKS)} checks"
    assert [line.partition(":")[0] for line in lines] == ["empty_batch"]
    assert len(caught.value.results) == len(CHECKS)


def test_options_that_are_refused_are_a_failure_of_their_own(nonconforming: PluginHost) -> None:
    with pytest.raises(ConformanceError, match="has no option 'depth'"):
        check_classifier(nonconforming.models["sound"].spec, {"depth": 3})


def test_a_model_that_another_process_cannot_find_skips_those_checks(
    nonconforming: PluginHost,
) -> None:
    sound = nonconforming.models["sound"].spec

    def build(options: ModelOptions, context: BuildContext) -> Classifier:
        return sound.build(options, context)

    spec = ModelSpec("local", "Made here", build, ModelOptions)
    skipped = {r.check.name: r.reason for r in check_classifier(spec) if r.ending}
    assert "digitbench_models" in skipped.pop("discovery_imports")
    assert skipped.keys() == {
        "both_at_once",
        "deterministic_claim",
        "pickling",
        "keeping",
        "fresh_process",
        "files_written",
        "thread_count",
    }


def test_a_candidate_is_written_as_the_command_line_takes_it(nonconforming: PluginHost) -> None:
    spec = nonconforming.models["sound"].spec
    assert str(Candidate(spec)) == "sound"
    assert str(Candidate(spec, {"k": 3, "metric": "cosine"})) == "sound[k=3,metric=cosine]"


def test_nothing_is_computed_while_tests_are_collected() -> None:
    def build(options: ModelOptions, context: BuildContext) -> Classifier:
        raise AssertionError("built too soon")

    mark = parametrize_with_checks([ModelSpec("lazy", "Built late", build)])
    ids = [parameter.id for parameter in mark.args[1]]
    assert ids == [f"lazy-{name}" for name in CHECKS]


@pytest.mark.slow
def test_pytest_runs_a_test_for_each_model_and_check(
    plugin_file: Callable[[str], Path], tmp_path: Path
) -> None:
    file = tmp_path / "test_conformance.py"
    file.write_text(TESTS.format(plugin=str(plugin_file("nonconforming"))), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=found.xml", file],
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    outcomes = {
        case.attrib["name"].removeprefix("test_conformance["): {part.tag for part in case}
        for case in ET.parse(tmp_path / "found.xml").iter("testcase")  # noqa: S314 - our own
    }
    assert len(outcomes) == 2 * len(CHECKS)
    assert {name for name, tags in outcomes.items() if "failure" in tags} == {
        "empty_batch-empty_batch]",
        "option_descriptions[k=2]-option_descriptions]",
    }
    assert outcomes["empty_batch-deterministic_claim]"] == {"skipped"}
    assert outcomes["empty_batch-permuted_labels]"] == set()


def test_pytest_is_imported_only_for_tests() -> None:
    code = (
        "import sys, digitbench.testing\n"
        "print([name for name in ('pytest', 'sklearn') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.split() == [b"[]"]
