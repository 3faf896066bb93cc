"""What digitbench asks of every classifier."""

from collections.abc import Callable
from typing import Any

import pytest
from digitbench.testing import Candidate, parametrize_with_checks

from digitbench_centroid import digitbench_models

(SPEC,) = digitbench_models()


@pytest.fixture(autouse=True)
def digits_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the digits of the checks out of the user's own cache."""
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@parametrize_with_checks([SPEC, Candidate(SPEC, {"metric": "cosine", "temperature": 0.5})])
def test_conformance(model: Any, check: Callable[[Any], None]) -> None:
    check(model)
