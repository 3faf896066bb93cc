"""A run's data set, what a loader is given, and the real files where they are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.bundled import DigitsLoader
from digitbench.types import DataContext, Dataset, Images, Split, TestSetContext

MNIST_DIR = os.environ.get("DIGITBENCH_DATA_DIR")
USPS_DIR = os.environ.get("USPS_DIR")
"""Where the real files are, looked up before the environment is cleared."""


@pytest.fixture(scope="session")
def usps_dir() -> Path:
    if not USPS_DIR:
        pytest.skip("USPS_DIR is not set")
    return Path(USPS_DIR)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    if not MNIST_DIR:
        pytest.skip("DIGITBENCH_DATA_DIR is not set")
    return Path(MNIST_DIR)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and working directory; nothing of the user's is seen."""
    for name in list(os.environ):
        if name.startswith(("DIGITBENCH_", "KERAS_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    directory = tmp_path_factory.mktemp("home")
    working_directory = tmp_path_factory.mktemp("work") / "project"
    working_directory.mkdir()
    monkeypatch.setenv("HOME", str(directory))
    monkeypatch.setenv("USERPROFILE", str(directory))
    monkeypatch.chdir(working_directory)
    return directory


@pytest.fixture
def context(tmp_path: Path) -> TestSetContext:
    """An empty cache, no named directory, no network, no argument."""
    return TestSetContext(DataContext(tmp_path / "cache", offline=True))


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """A run's small data set."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    return Dataset("tiny", Split(images[:20], labels[:20]), Split(images[20:], labels[20:]), "here")


@pytest.fixture(scope="session")
def digits(digits_cache: Path) -> Dataset:
    """The bundled digits: 1,442 training and 355 test images."""
    return DigitsLoader("digits")(DataContext(digits_cache))


@pytest.fixture(scope="session")
def images(digits: Dataset) -> Images:
    """Two digits of each class or so."""
    return digits.test.images[:20]
