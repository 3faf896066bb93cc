from typing import Any

import pytest
from pydantic import ValidationError

from digitbench_cnn import RECIPES, CnnOptions, digitbench_models


@pytest.mark.parametrize("written", ["8/16/24", [8, 16, 24], (8, 16, 24), ["8", "16", "24"]])
def test_filters_come_from_the_command_line_or_from_a_file(written: Any) -> None:
    assert CnnOptions.model_validate({"filters": written}).filters == (8, 16, 24)


def test_filters_are_stored_as_they_are_typed() -> None:
    options = CnnOptions(filters=(8, 16, 24))
    for mode in ("json", "python"):
        assert options.model_dump(mode=mode)["filters"] == "8/16/24"


@pytest.mark.parametrize(
    "filters", ["8/16", "8/16/24/32", "8,16,24", "", "a/b/c", "0/16/24", "-8/16/24", 16, [8, 16]]
)
def test_filters_are_three_positive_numbers(filters: Any) -> None:
    with pytest.raises(ValidationError):
        CnnOptions.model_validate({"filters": filters})


@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"learning_rate": 2},
        {"momentum": -0.1},
        {"momentum": 1},
        {"keep_prob": 0},
        {"keep_prob": 1.1},
        {"augment": -1},
        {"augment": 9},
        {"recipe": "fast"},
        {"iterations": 0},
        {"epochs": 2, "iterations": 10},
        {"distort": -1},
        {"disturb": -0.1},
        {"disturb": 1.1},
        {"schedule": "linear"},
        {"precision": "float16"},
        {"crop": 26},
        {"crop_share": 1.1},
        {"label_smoothing": 1},
    ],
)
def test_a_value_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CnnOptions.model_validate(options)


def test_a_recipe_sets_what_is_not_given() -> None:
    paper = CnnOptions(recipe="paper", keep_prob=0.8)
    assert paper.iterations == 20_000
    assert (paper.augment, paper.distort, paper.average) == (0, 0, False)
    assert (paper.schedule, paper.optimizer) == ("constant", "adam")
    assert (paper.crop, paper.label_smoothing) == (28, 0)
    assert paper.keep_prob == 0.8
    assert paper.model_fields_set == {"recipe", "keep_prob"}


@pytest.mark.parametrize("recipe", RECIPES)
def test_options_come_back_from_storage_as_they_were(recipe: Any) -> None:
    options = CnnOptions(recipe=recipe)
    again = CnnOptions.model_validate(options.model_dump(mode="json"))
    assert again.model_dump() == options.model_dump()
    assert all(again.model_dump()[name] for name in ("filters", "batch_size"))


def test_every_recipe_makes_valid_options() -> None:
    for recipe, values in RECIPES.items():
        assert (
            CnnOptions(recipe=recipe).model_dump()
            == CnnOptions(recipe=recipe, **values).model_dump()
        )


def test_the_default_recipe_is_what_the_options_say_of_themselves() -> None:
    assert CnnOptions().model_dump() == CnnOptions(recipe="default").model_dump()
    assert not RECIPES["default"]


def test_epochs_replace_a_recipes_iterations_and_iterations_its_epochs() -> None:
    by_epochs = CnnOptions(recipe="paper", epochs=3)
    assert (by_epochs.epochs, by_epochs.iterations) == (3, None)
    by_iterations = CnnOptions(recipe="best", iterations=50)
    assert (by_iterations.epochs, by_iterations.iterations) == (None, 50)


def test_the_quick_recipe_takes_larger_steps_on_fewer_images_and_forgets_sooner() -> None:
    quick, usual = CnnOptions(recipe="quick"), CnnOptions()
    assert quick.iterations is not None
    assert quick.batch_size < usual.batch_size
    assert quick.learning_rate > usual.learning_rate
    assert quick.momentum < usual.momentum
    assert CnnOptions(recipe="quick", momentum=0.9).momentum == 0.9


def test_only_the_robust_recipe_disturbs_images() -> None:
    shares = {recipe: CnnOptions(recipe=recipe).disturb for recipe in RECIPES}
    assert shares.pop("robust") > 0
    assert set(shares.values()) == {0}
    assert CnnOptions(recipe="robust", disturb=0).disturb == 0


def test_the_papers_accuracies_are_published_and_trials_differ() -> None:
    (spec,) = digitbench_models()
    assert spec.published is not None
    assert spec.published.accuracy_mean == pytest.approx(0.99274)
    assert not spec.is_deterministic(CnnOptions())


def test_the_middle_can_be_given_as_text() -> None:
    assert CnnOptions.model_validate({"crop": "20"}).crop == 20
