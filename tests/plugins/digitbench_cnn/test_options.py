from typing import Any

import pytest
from pydantic import ValidationError

from digitbench_cnn import CnnOptions, digitbench_models


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
        {"keep_prob": 0},
        {"keep_prob": 1.1},
        {"augment": -1},
        {"augment": 9},
        {"recipe": "paper"},
    ],
)
def test_a_value_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CnnOptions.model_validate(options)


def test_the_papers_accuracies_are_published_and_trials_differ() -> None:
    (spec,) = digitbench_models()
    assert spec.published is not None
    assert spec.published.accuracy_mean == pytest.approx(0.99274)
    assert not spec.is_deterministic(CnnOptions())
