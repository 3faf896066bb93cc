"""What the tests with made-up values and made-up damage share.

They run 30 examples by default, and 100 in CI. All: `pytest tests/fuzz --hypothesis-profile=full`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from builders import made_environment
from digitbench.types import Environment, Split, TrialData


@pytest.fixture(scope="session")
def few_images() -> TrialData:
    """Return 10 training and 3 test images."""
    rng = np.random.default_rng(7)

    def split(count: int) -> Split:
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        return Split(images, (np.arange(count) % 10).astype(np.uint8))

    return TrialData(split(10), None, split(3))


@pytest.fixture(scope="session")
def somewhere() -> Environment:
    """Return an environment."""
    return made_environment()


@pytest.fixture
def fresh_directory(tmp_path: Path) -> Callable[[], Path]:
    """Return a function that makes an empty directory, for each example one."""
    made: list[Path] = []

    def make() -> Path:
        made.append(tmp_path / str(len(made)))
        made[-1].mkdir()
        return made[-1]

    return make
