"""What a worker on another machine must find there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.datasets.load import load_dataset
from digitbench.datasets.test_sets import fingerprint_of
from digitbench.errors import EngineError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.set_requests import parse_test_sets
from digitbench.runner.wanted_sets import load_sets, resolve_test_sets
from digitbench.types import DataContext, RunPlan
from digitbench.workflows.plan import make_plan
from digitbench.workflows.request import RunRequest


@pytest.fixture
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "elsewhere")


@pytest.fixture
def plan(host: PluginHost, tmp_path: Path) -> RunPlan:
    loaded = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path))
    models = resolve_models(parse_models("centroid"), host)
    return make_plan(RunRequest(), models, loaded)[0]


@pytest.fixture
def recipe(plan: RunPlan) -> Recipe:
    return Recipe.of(plan, None, offline=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "0.0.1"}, "it has digitbench .* and the run 0.0.1"),
        ({"source_hash": "0" * 64}, "its source of the model centroid is not that of the run"),
        ({"distribution": "strange", "version": "2"}, "single file and the run's from strange 2"),
        ({"name": "unheard-of"}, "it has no model unheard-of"),
    ],
)
def test_other_versions_are_refused(
    change: dict[str, str], message: str, host: PluginHost, recipe: Recipe
) -> None:
    assert len(recipe.open(host).train) == 60
    if change.keys() == {"version"}:
        changed = replace(recipe, version=change["version"])
    else:
        changed = replace(recipe, models=(recipe.models[0].model_copy(update=change),))
    with pytest.raises(EngineError, match=message):
        changed.open(host)


@pytest.fixture
def with_sets(plan: RunPlan, tmp_path: Path, plugin_file: Callable[[str], Path]) -> Recipe:
    """Return a recipe with two test sets; a third could not be loaded."""
    host = load_plugins(files=[plugin_file("elsewhere"), plugin_file("further_sets")], installed=[])
    loaded = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path))
    wanted = resolve_test_sets(parse_test_sets("dim[steps=3],tiny:elsewhere,raises"), host)
    sets = load_sets(wanted, loaded, DataContext(tmp_path), lambda _: None)
    plan = plan.model_copy(update={"test_sets": sets.planned})
    return Recipe.of(plan, None, offline=True)


def test_test_sets_are_made_there_and_compared(
    with_sets: Recipe, host_of: Callable[..., PluginHost]
) -> None:
    host = host_of("centroid", "elsewhere", "further_sets")
    data = with_sets.open(host)
    assert [*data.test_sets] == ["dim[steps=3]", "tiny:elsewhere"]
    assert [fingerprint_of(found) for found in data.test_sets.values()] == [
        row.fingerprint for row in with_sets.test_sets
    ]
    dim, of_tiny = with_sets.test_sets
    other = replace(with_sets, test_sets=(dim.model_copy(update={"fingerprint": "0" * 64}),))
    with pytest.raises(EngineError, match=r"its test set dim.* has the fingerprint .* 0000"):
        other.open(host)
    with pytest.raises(EngineError, match=r"it cannot have test set dim.*: there is no test set"):
        with_sets.open(host_of("centroid", "elsewhere"))
    broken = replace(with_sets, test_sets=(of_tiny.model_copy(update={"name": "raises"}),))
    with pytest.raises(EngineError, match="it cannot have test set tiny:elsewhere: test set"):
        broken.open(host)


def test_a_missing_model_comes_with_the_plugins_that_failed(
    recipe: Recipe, plugin_file: Callable[[str], Path]
) -> None:
    host = load_plugins(files=[plugin_file("raises_on_import")], installed=[])
    with pytest.raises(EngineError, match=r"it has no model centroid \(plugin .*raises_on_import"):
        recipe.open(host)
