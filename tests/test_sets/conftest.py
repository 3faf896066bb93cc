"""The bundled digits, of which test sets are made."""

from pathlib import Path

import pytest

from digitbench.datasets.bundled import DigitsLoader
from digitbench.types import DataContext, Dataset, Images


@pytest.fixture(scope="session")
def digits(digits_cache: Path) -> Dataset:
    """The bundled digits: 1,442 training and 355 test images."""
    return DigitsLoader("digits")(DataContext(digits_cache))


@pytest.fixture(scope="session")
def images(digits: Dataset) -> Images:
    """Two digits of each class or so."""
    return digits.test.images[:20]


@pytest.fixture
def context(tmp_path: Path) -> DataContext:
    """An empty cache, no named directory, no network."""
    return DataContext(cache_dir=tmp_path / "cache", offline=True)
