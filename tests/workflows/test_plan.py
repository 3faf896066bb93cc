"""From a request to a plan: sizes, held-out images, threads."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import processors
from digitbench.datasets.load import LoadedDataset
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import Dataset, TrialData, available_cpus
from digitbench.workflows import plan as plan_module
from digitbench.workflows.plan import jobs_of, make_plan
from digitbench.workflows.request import RunRequest


@pytest.fixture
def loaded(tiny_data: TrialData) -> LoadedDataset:
    dataset = Dataset("tiny", tiny_data.train, tiny_data.test, "made for tests")
    return LoadedDataset(dataset, "f" * 64, canonical=None)


def test_the_last_training_images_are_held_out(
    host_of: Callable[..., PluginHost], loaded: LoadedDataset
) -> None:
    models = resolve_models(parse_models("centroid"), host_of("centroid"))
    plan, data = make_plan(RunRequest(validation="20", seed=3), models, loaded)
    train = loaded.dataset.train
    assert (plan.dataset.train_size, plan.dataset.validation_size) == (40, 20)
    assert data.validation is not None
    np.testing.assert_array_equal(data.train.images, train.images[:40])
    np.testing.assert_array_equal(data.validation.images, train.images[40:])
    assert plan.base_seed == 3
    assert plan.threads == available_cpus()
    assert plan.dataset.fingerprint == "f" * 64


def test_nothing_is_held_out_unless_asked(
    host_of: Callable[..., PluginHost], loaded: LoadedDataset
) -> None:
    models = resolve_models(parse_models("centroid"), host_of("centroid"))
    plan, data = make_plan(RunRequest(threads=1), models, loaded)
    assert data.validation is None
    assert plan.dataset.validation_size == 0
    assert plan.threads == 1
    with pytest.raises(UsageError, match="leaves none"):
        make_plan(RunRequest(validation="60"), models, loaded)


@pytest.mark.parametrize(
    ("given", "cpus", "free_gib", "due"),
    [
        ({"jobs": 3}, 8, 64, (3, 2)),
        ({"jobs": "auto"}, 8, 64, (5, 1)),  # `centroid` 4 times, and once without noise
        ({"jobs": "auto", "vary": "data"}, 8, 64, (8, 1)),
        ({"jobs": "auto"}, 2, 64, (2, 1)),
        ({"jobs": "auto"}, 1, 64, (1, 1)),
        ({"jobs": "auto", "threads": 3}, 8, 64, (2, 3)),
        ({"jobs": "auto", "threads": 9}, 8, 64, (1, 9)),
        ({"jobs": "auto"}, 8, 3.5, (3, 2)),
        ({"jobs": "auto"}, 8, 0.5, (1, 8)),
    ],
)
def test_trials_run_side_by_side_as_far_as_there_is_room(
    given: dict[str, Any],
    cpus: int,
    free_gib: float,
    due: tuple[int, int],
    host_of: Callable[..., PluginHost],
    loaded: LoadedDataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (plan_module, processors):
        monkeypatch.setattr(module, "available_cpus", lambda: cpus)
    monkeypatch.setattr(plan_module, "free_memory_bytes", lambda: int(free_gib * 2**30))
    requests = parse_models("centroid,centroid[noise=1]")
    models = resolve_models(requests, host_of("centroid"))
    request = RunRequest(**given)
    assert jobs_of(request, models, 4) == due[0]
    plan, _ = make_plan(request, models, loaded, trials=4)
    assert (plan.jobs, plan.threads) == due


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jobs": "all"}, "--jobs all: write a number of trials, 1 or more, or auto"),
        ({"jobs": True}, "write a number of trials, 1 or more, or auto"),
        ({"trials": 100_001}, "a model has at most 100,000 trials in a run"),
        ({"until_decided": "all", "max_trials": 200_000}, "a model has at most 100,000 trials"),
        ({"timeout_seconds": float("inf")}, "--timeout inf: Input should be a finite number"),
        ({"timeout_seconds": float("nan")}, "--timeout nan: Input should be"),
    ],
)
def test_numbers_that_no_run_can_keep_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RunRequest.of(given)
