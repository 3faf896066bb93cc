"""Fixtures that several folders of tests share."""

import compileall
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import made_dataset
from digitbench.datasets.bundled import DigitsLoader
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.run import run_plan
from digitbench.types import (
    DataContext,
    FitProgress,
    RunPlan,
    Split,
    TrialData,
    TrialPhase,
    TrialSpec,
)

PLUGINS = "tests/plugins/"
WITH_PLUGINS = (PLUGINS, "tests/benchmarks/test_peers.py")
"""Tests that import TensorFlow, MLflow or Dask."""
PLUGIN_FILES = Path(__file__).parent / "data" / "plugins"


@contextmanager
def bytecode_kept() -> Iterator[None]:
    """Keep bytecode of what is imported, also where PYTHONDONTWRITEBYTECODE is set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", False)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Say how many examples Hypothesis makes."""
    with bytecode_kept():  # pytest compiles Hypothesis anew in each process without
        from hypothesis import HealthCheck, settings

    busy = [HealthCheck.too_slow]  # a busy machine is no reason to fail
    settings.register_profile("full", max_examples=2_000, deadline=None)
    settings.register_profile(
        "thorough", max_examples=100, deadline=None, suppress_health_check=busy
    )
    settings.register_profile("quick", max_examples=30, deadline=None, suppress_health_check=busy)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep bytecode of digitbench and its tests.

    Else each of some hundred processes would compile all of digitbench for itself.
    """
    root = Path(__file__).parents[1]
    for folder in (root / "digitbench", root / "plugins"):
        compileall.compile_dir(folder, quiet=2)
    with bytecode_kept():
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a worker a file at a time, but all of `WITH_PLUGINS` to one.

    It imports what they need, which takes seconds; the others need none of it.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return PLUGINS if nodeid.startswith(WITH_PLUGINS) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def quick_collections() -> Iterator[Callable[[], None]]:
    """Keep what the tests have loaded out of the collection before each trial.

    It is a hundred times what a process of digitbench holds; the inline engine would thaw it.
    Yields what thaws it really.
    """
    unfreeze = gc.unfreeze
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "unfreeze", lambda: None)
        gc.freeze()
        yield unfreeze


@pytest.fixture(scope="session", autouse=True)
def commands_made_once() -> Iterator[None]:
    """Keep Typer's runner from making all commands with their options anew for each call."""
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def heeded_ctrl_c() -> Iterator[None]:
    """Heed SIGINT, which a shell has its background jobs and so what they start ignore."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def unused_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return names of directories that nobody has made: to make one for each test takes long."""
    base = tmp_path_factory.mktemp("caches")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, unused_caches: Iterator[Path]) -> None:
    """Keep tests away from the user's own settings, caches and data."""
    for name in ("DISABLE_PLUGINS", "RUNS_DIR", "DEBUG", "CONFIG", "MLFLOW"):
        monkeypatch.delenv(f"DIGITBENCH_{name}", raising=False)
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(next(unused_caches)))


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home, and work in an empty directory; nothing of the user's is seen."""
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


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """Return the directory of MNIST's real files, looked up before the environment is cleared."""
    named = os.environ.get("DIGITBENCH_DATA_DIR")
    if not named:
        pytest.skip("DIGITBENCH_DATA_DIR is not set")
    return Path(named)


@pytest.fixture(scope="session")
def digits_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that holds the bundled digits: to make them, scikit-learn must be loaded."""
    cache = tmp_path_factory.mktemp("digits-cache")
    DigitsLoader("digits")(DataContext(cache))
    return cache


@pytest.fixture(scope="session")
def plugin_file() -> Callable[[str], Path]:
    """Return the path of a plugin in `tests/data/plugins`, by its name without `.py`."""

    def path(name: str) -> Path:
        return PLUGIN_FILES / f"{name}.py"

    return path


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def plan_of(tiny_data: TrialData) -> Callable[..., RunPlan]:
    """Return a function that plans models of a host on the tiny data."""

    def plan(
        host: PluginHost, models: str, *, trials: int = 2, seed: int = 0, canonical: bool = False
    ) -> RunPlan:
        return RunPlan(
            models=resolve_models(parse_models(models), host),
            dataset=made_dataset(
                name="mnist" if canonical else "tiny",
                canonical=canonical,
                validation_size=0 if tiny_data.validation is None else len(tiny_data.validation),
            ),
            trials=trials,
            base_seed=seed,
            threads=1,
            engine="inline",
        )

    return plan


@pytest.fixture(scope="session")
def run_on_tiny_data(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Path]:
    """Return a function that runs models here, alone in a directory, and returns the run's.

    It takes the models, names of plugin files (by default `centroid`) and changes to the plan.
    """

    def run(models: str, *plugins: str, **changes: Any) -> Path:
        host = host_of(*(plugins or ("centroid",)))
        plan = plan_of(host, models, **changes)
        return run_plan(plan, host, tiny_data, InlineEngine(), tmp_path_factory.mktemp("runs"))

    return run


@dataclass
class Events:
    """Keeps what an engine tells."""

    started_trials: list[str] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)

    def started(self, trial: TrialSpec) -> None:
        self.started_trials.append(trial.model)

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        self.phases.append(phase.value)

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        self.steps.append(progress.step)

    def printed(self, trial: TrialSpec, line: str) -> None:
        self.lines.append(line)

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        self.restarts.append(reason)


@pytest.fixture
def events() -> Events:
    """Return something that keeps what an engine tells."""
    return Events()
