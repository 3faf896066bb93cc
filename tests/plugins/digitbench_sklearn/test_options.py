from typing import Any

import pytest
from pydantic import ValidationError

from digitbench_sklearn import KnnOptions, SvmOptions, digitbench_models


@pytest.mark.parametrize(
    "options",
    [
        {"C": 0},
        {"gamma": -1},
        {"backend": "exact"},
        {"deskew": 3},
        {"cache_mb": 0},
        {"kernel": "poly"},
    ],
)
def test_svm_refuses_what_makes_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SvmOptions(**options)


@pytest.mark.parametrize("options", [{"k": 0}, {"k": 1.5}, {"weights": "square"}, {"p": 1}])
def test_knn_refuses_what_makes_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KnnOptions(**options)


def test_strings_from_the_command_line_are_understood() -> None:
    assert SvmOptions.model_validate({"C": "10", "probability": "true"}).probability is True
    assert KnnOptions.model_validate({"k": "5"}).k == 5
    assert KnnOptions.model_validate({"deskew": "true"}).deskew is True


@pytest.mark.parametrize(
    ("options", "gamma"),
    [
        ({}, 0.02),
        ({"deskew": "true"}, 0.03),
        ({"gamma": "0.05", "deskew": "true"}, 0.05),
        ({"gamma": "0.02", "deskew": "true"}, 0.02),
    ],
)
def test_deskewing_has_a_gamma_of_its_own_unless_one_is_given(
    options: dict[str, Any], gamma: float
) -> None:
    assert SvmOptions.model_validate(options).gamma == gamma


def test_both_models_ignore_their_seed() -> None:
    assert all(spec.is_deterministic(spec.options()) for spec in digitbench_models())
