"""Fixtures that several folders of tests share."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.trial import TrialData
from digitbench.types import Split

PLUGIN_FILES = Path(__file__).parent / "data" / "plugins"


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep tests away from the user's own settings, caches and data."""
    for name in ("DISABLE_PLUGINS", "RUNS_DIR", "DEBUG"):
        monkeypatch.delenv(f"DIGITBENCH_{name}", raising=False)
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(tmp_path / "digitbench-cache"))


@pytest.fixture
def plugin_file() -> Callable[[str], Path]:
    """Return the path of a plugin in `tests/data/plugins`, by its name without `.py`."""

    def path(name: str) -> Path:
        return PLUGIN_FILES / f"{name}.py"

    return path


@pytest.fixture
def host_of(plugin_file: Callable[[str], Path]) -> Callable[..., PluginHost]:
    """Return a function that loads the named plugin files alone, nothing installed."""

    def load(*names: str) -> PluginHost:
        return load_plugins(files=[plugin_file(name) for name in names], installed=[])

    return load


def make_split(count: int, seed: int) -> Split:
    """Make images that are easy to tell apart: each class lights its own rows, with noise."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = rng.integers(0, 120, (count, 28, 28))
    for index, label in enumerate(labels):
        images[index, 2 * label + 2 : 2 * label + 5] += 100
    return Split(images.astype(np.uint8), labels)


@pytest.fixture(scope="session")
def tiny_data() -> TrialData:
    """Return 60 training, 20 validation and 40 test images of ten easy classes."""
    return TrialData(make_split(60, 1), make_split(20, 2), make_split(40, 3))
