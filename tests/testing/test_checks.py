"""Each check fails the model that was made to fail it, and no other check does."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.plugins import PluginHost
from digitbench.testing import Candidate, CheckFailure, CheckResult, CheckSkipped
from digitbench.testing.checks import CHECKS, processes
from digitbench.testing.model_under_test import ModelUnderTest
from digitbench.testing.results import Check

Examine = Callable[..., list[CheckResult]]

IN_FRESH_PROCESSES = {check.name for check in vars(processes).values() if isinstance(check, Check)}
HERE = [name for name in CHECKS if name not in IN_FRESH_PROCESSES]


@pytest.fixture
def candidate(nonconforming: PluginHost) -> Callable[[str], Candidate]:
    Path("settings.ini").touch()  # for the model that reads it where it is run
    # The default of this model is its fault: only with a value given is it otherwise sound.
    options = {"option_defaults": {"k": 1}}

    def find(name: str) -> Candidate:
        return Candidate(nonconforming.models[name].spec, options.get(name, {}))

    return find


@pytest.fixture(scope="module")
def _known() -> dict[str, list[CheckResult]]:
    return {}


@pytest.fixture
def examined_here(
    candidate: Callable[[str], Candidate], examine: Examine, _known: dict[str, list[CheckResult]]
) -> Callable[[str], list[CheckResult]]:
    """Return a function that makes the checks of this process, once of each model."""

    def results(name: str) -> list[CheckResult]:
        if name not in _known:
            _known[name] = examine(candidate(name), HERE)
        return _known[name]

    return results


def failed(results: list[CheckResult]) -> list[str]:
    return [result.check.name for result in results if result.failed]


def test_there_is_a_faulty_model_for_every_check(nonconforming: PluginHost) -> None:
    assert nonconforming.failures == []
    assert nonconforming.models.keys() == {"sound", *CHECKS}


def test_a_sound_model_passes(candidate: Callable[[str], Candidate], examine: Examine) -> None:
    results = examine(candidate("sound"))
    assert [result.reason for result in results if result.failed] == []
    assert [result.check.name for result in results if result.ending] == [
        *("both_at_once", "pickling", "keeping")
    ]


@pytest.mark.parametrize("name", HERE)
def test_a_fault_is_found_by_its_own_check_alone(
    name: str, examined_here: Callable[[str], list[CheckResult]]
) -> None:
    assert failed(examined_here(name)) == [name]


@pytest.mark.parametrize("name", [name for name in CHECKS if name in IN_FRESH_PROCESSES])
def test_a_fault_of_a_process_is_found_by_its_own_check_alone(
    name: str, candidate: Callable[[str], Candidate], examine: Examine
) -> None:
    if name == "thread_count" and os.cpu_count() == 1:
        pytest.skip("there is one processor only")
    checks = [check for check in CHECKS if check in HERE or check == name]
    assert failed(examine(candidate(name), checks)) == [name]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_a_fault_is_found_by_no_other_check_of_a_process(
    name: str, candidate: Callable[[str], Candidate], examine: Examine
) -> None:
    others = [check for check in CHECKS if check in IN_FRESH_PROCESSES and check != name]
    assert failed(examine(candidate(name), others)) == []


@pytest.mark.parametrize("name", HERE)
def test_a_failure_says_what_came_and_what_to_do(
    name: str, examined_here: Callable[[str], list[CheckResult]]
) -> None:
    (result,) = (result for result in examined_here(name) if result.check.name == name)
    failure = result.ending
    assert isinstance(failure, CheckFailure)
    assert failure.expected
    assert failure.found
    assert failure.advice.endswith(".")
    assert result.reason == f"expected {failure.expected}; found {failure.found}. {failure.advice}"


def test_a_check_that_says_nothing_names_the_one_that_failed(
    examined_here: Callable[[str], list[CheckResult]],
) -> None:
    results = examined_here("fits_and_predicts")
    told = {r.check.name: r.reason for r in results if isinstance(r.ending, CheckSkipped)}
    assert told["permuted_labels"] == "it says nothing after fits_and_predicts failed"
    assert not {"option_defaults", "option_values"} & told.keys()


def test_differences_within_the_tolerance_are_let_pass(
    candidate: Callable[[str], Candidate], examine: Examine
) -> None:
    spec = candidate("same_seed").spec
    assert failed(examine(Candidate(spec, tolerance=1.0), HERE)) == []


def test_every_check_says_what_it_asks() -> None:
    for check in CHECKS.values():
        assert check.summary
        assert set(check.needs) <= CHECKS.keys()


def test_a_classifier_that_a_check_has_spoilt_is_made_anew_for_the_next(
    candidate: Callable[[str], Candidate],
) -> None:
    model = ModelUnderTest(candidate("other_images"), CHECKS)
    assert model.result(CHECKS["other_images"]).failed
    again = model.predict(model.classifier, model.data.test.images)
    assert np.array_equal(again, model.predictions)
