"""Groups of images on their way to other processes and machines."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.load import load_dataset
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.engines.shared_data import share
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import DataContext, RunPlan, Split, TrialData
from digitbench.workflows.plan import make_plan
from digitbench.workflows.request import RunRequest


@pytest.fixture
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "handwriting")


@pytest.fixture
def planned(host: PluginHost, tmp_path: Path) -> tuple[RunPlan, TrialData]:
    """A run on a data set whose writers are known, some of them held out."""
    loaded = load_dataset(host.datasets["handwriting"].spec, DataContext(tmp_path))
    models = resolve_models(parse_models("centroid"), host)
    return make_plan(RunRequest(validation="writers:40"), models, loaded)


def assert_same(found: Split | None, expected: Split | None) -> None:
    assert found is not None
    assert expected is not None
    assert found.groups is not None
    assert expected.groups is not None
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.groups.numbers, expected.groups.numbers)
    np.testing.assert_array_equal(found.groups.strata, expected.groups.strata)
    assert (found.groups.name, found.groups.stratum_names) == ("writer", ("staff", "students"))


def test_workers_on_this_machine_get_the_groups(
    planned: tuple[RunPlan, TrialData], tmp_path: Path
) -> None:
    _, data = planned
    there = pickle.loads(pickle.dumps(share(data, tmp_path))).open()  # noqa: S301
    for part in ("train", "validation", "test"):
        assert_same(getattr(there, part), getattr(data, part))


def test_images_without_groups_stay_without(tiny_data: TrialData, tmp_path: Path) -> None:
    assert share(tiny_data, tmp_path).open().train.groups is None


def test_workers_elsewhere_hold_out_the_same_images(
    planned: tuple[RunPlan, TrialData], host: PluginHost
) -> None:
    plan, data = planned
    recipe = Recipe.of(plan, None, offline=True)
    there = pickle.loads(pickle.dumps(recipe)).open(host)  # noqa: S301
    for part in ("train", "validation", "test"):
        assert_same(getattr(there, part), getattr(data, part))
    with pytest.raises(UsageError, match="handwriting has no pages"):
        replace(recipe, validation="pages:40").open(host)
