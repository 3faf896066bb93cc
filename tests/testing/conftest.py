"""Examining models of the plugin files, with the bundled digits made only once."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from threadpoolctl import ThreadpoolController

from digitbench.plugins import PluginHost
from digitbench.testing import Candidate, CheckResult, model_under_test
from digitbench.testing.checks import CHECKS
from digitbench.testing.model_under_test import ModelUnderTest

Examine = Callable[..., list[CheckResult]]


@pytest.fixture(autouse=True)
def digits_at_hand(digits_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Share the cache between tests, and let models write to a directory of their own."""
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def libraries_found_once() -> Iterator[None]:
    """Look for libraries with threads once: that takes longer than a tiny model's predictions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_under_test, "threadpool_limits", ThreadpoolController().limit)
        yield


@pytest.fixture(scope="session")
def nonconforming(host_of: Callable[..., PluginHost]) -> PluginHost:
    """Return the faulty models, each named after the check that it fails."""
    return host_of("nonconforming", "heavy_at_import")


@pytest.fixture
def examine() -> Examine:
    """Return a function that makes some checks of a model, by default all."""

    def run(candidate: Candidate, checks: Iterable[str] = CHECKS) -> list[CheckResult]:
        examination = ModelUnderTest(candidate, CHECKS)
        return [examination.result(CHECKS[name]) for name in checks]

    return run
