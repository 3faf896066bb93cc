"""`digitbench plugin check`: the checks of models, as a table and as JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.testing.checks import CHECKS

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def check(command: Command, plugin_file: PluginFile) -> Command:
    """Return a function that checks models of the file of faulty ones."""

    def run(*arguments: str) -> Any:
        return command("plugin", "check", *arguments, "--plugin-file", plugin_file("nonconforming"))

    return run


def test_a_sound_model_gets_code_0_and_a_line_for_every_check(check: Command) -> None:
    outcome = check("sound")
    assert outcome.code == 0
    for name in CHECKS:
        assert f" {name} " in outcome.out
    assert "pickling" in outcome.out
    assert f"sound: {len(CHECKS) - 3} passed, 3 skipped in " in outcome.out
    assert outcome.err.strip() == ""


def test_a_failed_check_gets_code_3_and_says_how_to_mend_it(check: Command) -> None:
    outcome = check("empty_batch")
    assert outcome.code == 3
    text = " ".join(outcome.out.split())
    assert "failed" in text
    assert "ValueError: cannot reshape array of size 0" in text
    assert "1 failed" in text


@pytest.mark.slow
def test_json_has_the_parts_of_a_failure(check: Command) -> None:
    outcome = check("option_descriptions[k=2],option_values", "--json")
    assert outcome.code == 3
    first, second = outcome.json["models"]
    assert first["model"] == "option_descriptions[k=2]"
    assert not first["conforms"]
    (failed,) = (result for result in first["checks"] if result["outcome"] == "failed")
    assert failed["check"] == "option_descriptions"
    assert failed["found"] == "none of k"
    assert failed["advice"].startswith("Write Field(")
    assert [r["check"] for r in second["checks"] if r["outcome"] == "failed"] == ["option_values"]


def test_a_declared_tolerance_is_kept_to(check: Command) -> None:
    document = check("same_seed", "--tolerance", "1", "--json").json
    assert document["models"][0]["conforms"]


@pytest.mark.parametrize("tolerance", ["-0.1", "1.1"])
def test_a_tolerance_is_a_share(check: Command, tolerance: str) -> None:
    assert check("sound", "--tolerance", tolerance).code == 2


def test_an_unknown_model_gets_code_2(check: Command) -> None:
    outcome = check("soundd")
    assert outcome.code == 2
    assert "did you mean sound" in outcome.err
    assert outcome.out == ""


@pytest.mark.slow
def test_a_model_that_prints_does_not_spoil_the_json(
    process: Command, plugin_file: PluginFile
) -> None:
    outcome = process("plugin", "check", "chatty", "--json", "--plugin-file", plugin_file("chatty"))
    assert outcome.code == 3
    assert {
        r["check"] for r in outcome.json["models"][0]["checks"] if r["outcome"] == "failed"
    } == {"learns"}


def test_test_sets_are_checked_beside_models_or_without_any(
    command: Command, plugin_file: PluginFile
) -> None:
    plugin = ("--plugin-file", plugin_file("further_sets"))
    good = command("plugin", "check", "--test-sets", "dim[steps=3],named:2", *plugin)
    assert good.code == 0
    assert "dim[steps=3]: 4 passed in " in good.out
    bad = command("plugin", "check", "--test-sets", "changes,dim", "--json", *plugin)
    assert bad.code == 3
    assert bad.json["models"] == []
    changes, dim = bad.json["test_sets"]
    assert (changes["test_set"], changes["conforms"], dim["conforms"]) == ("changes", False, True)
    (failed,) = (result for result in changes["checks"] if result["outcome"] == "failed")
    assert failed["check"] == "same_again"
    assert "fixed seed" in failed["advice"]
    on_digits = command("plugin", "check", "--test-sets", "dim", "-d", "digits", *plugin)
    assert on_digits.code == 0


def test_something_to_check_must_be_named(command: Command) -> None:
    outcome = command("plugin", "check")
    assert (outcome.code, outcome.out) == (2, "")
    assert "name a model to check, or test sets with --test-sets" in outcome.err
    unknown = command("plugin", "check", "--test-sets", "nothing-like-it")
    assert unknown.code == 2
    assert "there is no test set 'nothing-like-it'" in unknown.err
