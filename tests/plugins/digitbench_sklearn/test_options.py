from typing import Any

import pytest
from pydantic import ValidationError

from digitbench_sklearn import KnnOptions, SvmOptions, digitbench_models


@pytest.mark.parametrize(
    "options", [{"C": 0}, {"gamma": -1}, {"backend": "gpu"}, {"cache_mb": 0}, {"kernel": "poly"}]
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


def test_both_models_ignore_their_seed() -> None:
    assert all(spec.is_deterministic(spec.options()) for spec in digitbench_models())
