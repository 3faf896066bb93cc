"""`digitbench models`: what there is, with options, and what failed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


def test_the_four_models_and_their_options(command: Command) -> None:
    outcome = command("models")
    assert outcome.code == 0
    for word in ("softmax", "svm", "knn", "cnn", "gamma", "weights", "recipe", "epochs"):
        assert word in outcome.out


def test_json_holds_options_with_types_and_defaults(command: Command) -> None:
    document = command("models", "knn", "--json").json
    (model,) = document["models"]
    assert model["distribution"] == "digitbench"
    options = {option["name"]: option for option in model["options"]}
    assert options["k"]["default"] == 3
    assert options["backend"]["type"] == "auto | exact | sklearnex | sklearn"


def test_a_plugin_that_failed_is_listed_with_its_reason(
    command: Command, plugin_file: PluginFile
) -> None:
    outcome = command("models", "--plugin-file", plugin_file("raises_on_import"))
    assert outcome.code == 0
    assert "failed to load: RuntimeError: broken at import" in outcome.out
    (failure,) = command("models", "--json", "--plugin-file", plugin_file("raises_on_import")).json[
        "failures"
    ]
    assert failure["reason"].startswith("failed to load")


def test_an_unknown_model_gets_code_2(command: Command) -> None:
    outcome = command("models", "snn")
    assert outcome.code == 2
    assert "did you mean" in outcome.err


def test_a_plugin_that_prints_does_not_spoil_the_json(
    process: Command, plugin_file: PluginFile
) -> None:
    outcome = process("models", "chatty", "--json", "--plugin-file", plugin_file("chatty"))
    assert outcome.json["models"][0]["name"] == "chatty"
    assert "chatter at import" in outcome.err


def test_a_family_named_as_a_model_is_told_how_to_use_it(command: Command) -> None:
    for line in (("models", "sklearn"), ("run", "-m", "sklearn", "-d", "digits", "--offline")):
        outcome = command(*line)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(
            "error: 'sklearn' stands for many models: name one as sklearn:..., a classifier of "
            "scikit-learn by its path, such as sklearn:ensemble."
        )


def test_an_unknown_model_is_answered_with_the_families_too(command: Command) -> None:
    outcome = command("models", "quux")
    assert outcome.code == 2
    assert "sklearn:..., estimator:..." in outcome.err
