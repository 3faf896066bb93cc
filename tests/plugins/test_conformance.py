"""Every built-in model passes the checks that `digitbench plugin check` makes."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from digitbench import ModelSpec
from digitbench.testing import Candidate, parametrize_with_checks


def candidate(package: str, name: str, **options: Any) -> Candidate:
    specs: dict[str, ModelSpec] = {
        spec.name: spec for spec in import_module(package).digitbench_models()
    }
    return Candidate(specs[name], options)


Check = Callable[[Any], None]


@parametrize_with_checks(
    [
        candidate("digitbench_sklearn", "knn"),
    ]
)
def test_quick_models(model: Any, check: Check) -> None:
    check(model)


@pytest.mark.slow
@parametrize_with_checks(
    [
        candidate("digitbench_sklearn", "svm"),
        candidate("digitbench_sklearn", "knn", weights="distance", deskew=True),
        candidate("digitbench_sklearn", "knn", backend="sklearn"),
        candidate("digitbench_sklearn", "svm", probability=True),
        candidate("digitbench_softmax", "softmax"),
        candidate("digitbench_softmax", "softmax", recipe="paper"),
    ]
)
def test_slower_models(model: Any, check: Check) -> None:
    check(model)


@pytest.mark.exhaustive
@parametrize_with_checks([candidate("digitbench_cnn", "cnn", epochs=1)])
def test_the_slowest_model(model: Any, check: Check) -> None:
    check(model)
