"""Small real digits, and a short way from a model's name to a classifier."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from builtin_models import fitted
from digitbench import BuildContext, FitProgress, ModelSpec, Split
from digitbench.types import available_cpus

PACKAGES = ("digitbench_softmax", "digitbench_sklearn", "digitbench_cnn")


@dataclass(frozen=True)
class Digits:
    """scikit-learn's 1,797 digits of 8x8, each pixel three wide, in a frame of two."""

    train: Split
    test: Split


@pytest.fixture(scope="session")
def digits() -> Digits:
    bundled = load_digits()
    images = np.zeros((len(bundled.target), 28, 28), np.uint8)
    images[:, 2:26, 2:26] = np.kron(bundled.images, np.ones((3, 3))) * 255 / 16
    labels = bundled.target.astype(np.uint8)
    return Digits(Split(images[:1437], labels[:1437]), Split(images[1437:], labels[1437:]))


@pytest.fixture(scope="session")
def fitted_to_few(digits: Digits) -> Callable[[str], Any]:
    """Fit a model of `builtin_models` to 400 images, once for all tests: they change nothing."""
    few = Split(digits.train.images[:400], digits.train.labels[:400])

    @cache
    def fit(label: str) -> Any:
        return fitted(label, few)

    return fit


@pytest.fixture(scope="session")
def specs() -> dict[str, ModelSpec]:
    return {
        spec.name: spec
        for package in PACKAGES
        for spec in import_module(package).digitbench_models()
    }


Make = Callable[..., Any]


@pytest.fixture(scope="session")
def make(specs: dict[str, ModelSpec]) -> Make:
    """Build a classifier: `make("knn", seed=1, k="5")`; values may be strings, as typed."""

    def build(
        name: str, seed: int = 1, report: Callable[[FitProgress], None] | None = None, **values: Any
    ) -> Any:
        spec = specs[name]
        told: dict[str, Any] = {} if report is None else {"report": report}
        # TensorFlow has one number of threads in a process; the others wait for each other less
        threads = 1 if name in ("knn", "svm") else available_cpus()
        context = BuildContext(seed, threads, **told)
        return spec.build(spec.options(**values), context)

    return build
