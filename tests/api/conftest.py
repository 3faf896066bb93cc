"""What the tests of the Python API share: a cell of a notebook, and models to define in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CELL = """
import os
import time
import numpy as np

class Centroids:
    def __init__(self, noise=0.0, seed=0):
        self.noise, self.rng = noise, np.random.default_rng(seed)

    def fit(self, train, validation):
        means = [train.images[train.labels == digit].mean(axis=0) for digit in range(10)]
        self.means = np.stack(means) + self.rng.normal(0, self.noise, (10, 28, 28))

    def predict(self, images):
        return ((images[:, None] - self.means) ** 2).sum(axis=(2, 3)).argmin(axis=1)

class Crashes(Centroids):
    def predict(self, images):
        import ctypes
        ctypes.string_at(0)

class Hangs(Centroids):
    def fit(self, train, validation):
        time.sleep(600)
"""


@pytest.fixture(autouse=True)
def digits_at_hand(digits_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the bundled digits between tests."""
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))


@pytest.fixture(scope="session")
def cell() -> Callable[[str], dict[str, Any]]:
    """Return a function that runs a cell as a notebook does and returns its names."""

    def run(text: str = CELL) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, "<cell>", "exec"), names)  # noqa: S102
        return names

    return run


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, where runs are kept."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
