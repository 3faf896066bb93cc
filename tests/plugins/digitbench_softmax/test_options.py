from typing import Any

import pytest
from pydantic import ValidationError

from digitbench_softmax import SoftmaxOptions, digitbench_models


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"l2": 0.1, "recipe": "paper"}, "l2 belongs to recipe=converged"),
        ({"learning_rate": 0.1}, "learning_rate belongs to recipe=paper"),
        ({"batch_size": 10}, "batch_size belongs to recipe=paper"),
        ({"iterations": "10"}, "iterations belongs to recipe=paper"),
    ],
)
def test_an_option_of_the_other_recipe_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SoftmaxOptions(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"recipe": "quick"},
        {"l2": -1},
        {"recipe": "paper", "learning_rate": 0},
        {"recipe": "paper", "batch_size": 0},
        {"recipe": "paper", "iterations": -5},
        {"momentum": 0.9},
    ],
)
def test_a_value_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SoftmaxOptions(**options)


def test_strings_from_the_command_line_are_understood() -> None:
    options = SoftmaxOptions.model_validate({"recipe": "paper", "learning_rate": "0.1"})
    assert options.learning_rate == 0.1


@pytest.mark.parametrize(("recipe", "deterministic"), [("converged", True), ("paper", False)])
def test_only_the_converged_recipe_ignores_its_seed(recipe: Any, deterministic: bool) -> None:
    (spec,) = digitbench_models()
    assert spec.is_deterministic(SoftmaxOptions(recipe=recipe)) is deterministic


def test_the_papers_accuracies_are_published() -> None:
    (spec,) = digitbench_models()
    assert spec.published is not None
    assert spec.published.dataset == "mnist"
    assert spec.published.accuracy_mean == pytest.approx(0.92004)
