"""The check of keeping: what it finds in a model that saves itself, and what it lets pass."""

from collections.abc import Callable
from typing import Any

import pytest

from digitbench.plugins import PluginHost
from digitbench.testing import Candidate, CheckResult, CheckSkipped

Examine = Callable[..., list[CheckResult]]


def result_of(
    examine: Examine, host: PluginHost, model: str, options: dict[str, Any] | None = None
) -> CheckResult:
    (result,) = examine(Candidate(host.models[model].spec, options or {}), ["keeping"])
    return result


def test_a_model_that_is_kept_soundly_passes(
    examine: Examine, host_of: Callable[..., PluginHost]
) -> None:
    result = result_of(examine, host_of("keepable"), "keepable", {"noise": 0.1})
    assert result.ending is None


@pytest.mark.parametrize(
    ("model", "how", "found"),
    [
        ("no-save", None, "expected a member `save` of the classifier"),
        ("saves-wrong", "raises", "found save failed: RuntimeError: no pen"),
        ("saves-wrong", "pickle", "found state.bin is a pickle, which could run any code"),
        ("saves-wrong", "grows", "expected the same files when the classifier is saved twice"),
    ],
)
def test_what_cannot_be_kept_is_named(
    examine: Examine, host_of: Callable[..., PluginHost], model: str, how: str | None, found: str
) -> None:
    result = result_of(examine, host_of("keepable"), model, {"how": how} if how else None)
    assert result.failed
    assert found in result.reason


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("load-raises", "found RuntimeError: no eyes"),
        ("load-writes", "found it has changed the directory that it was loaded from"),
        ("load-forgets", "expected probabilities of the loaded classifier if, and only if"),
    ],
)
def test_what_is_loaded_wrongly_is_named(
    examine: Examine, host_of: Callable[..., PluginHost], model: str, reason: str
) -> None:
    assert reason in result_of(examine, host_of("keepable"), model).reason


@pytest.mark.parametrize(
    ("model", "how", "reason"),
    [
        ("no-load", None, "its ModelSpec has no `load`: the model is not kept"),
        ("saves-wrong", "declines", "the classifier says that it cannot be kept: too odd"),
    ],
)
def test_a_model_that_is_not_kept_by_intent_is_skipped(
    examine: Examine, host_of: Callable[..., PluginHost], model: str, how: str | None, reason: str
) -> None:
    result = result_of(examine, host_of("keepable"), model, {"how": how} if how else None)
    assert isinstance(result.ending, CheckSkipped)
    assert result.reason == reason
