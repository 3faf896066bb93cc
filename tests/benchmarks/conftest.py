"""A small measurement, and the scripts run as a user runs them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchlib.measurements import Measurement, measurement

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def benchmarks_dir() -> Path:
    """Return the folder of the scripts."""
    return BENCHMARKS


@pytest.fixture(scope="session")
def a_measurement() -> Measurement:
    """Return a measurement of nothing much."""
    return measurement(
        "overhead",
        "knn",
        threads=1,
        dataset=None,
        settings={"trials": 2},
        figures={"overhead_seconds": 0.5, "missing": None},
    )


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script from a folder that is not the project's."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    return run
