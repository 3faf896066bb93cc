"""A run's data set, what a loader is given, and the real files where they are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.bundled import DigitsLoader
from digitbench.types import DataContext, Dataset, Images, Split, TestSetContext

USPS_DIR = os.environ.get("USPS_DIR")
"""Where the real files are, looked up before the environment is cleared."""


@pytest.fixture(scope="session")
def usps_dir() -> Path:
    if not USPS_DIR:
        pytest.skip("USPS_DIR is not set")
    return Path(USPS_DIR)


@pytest.fixture(autouse=True)
def nobodys_home(home: Path) -> None:
    """See nothing of the user's."""


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
