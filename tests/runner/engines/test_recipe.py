"""What a worker on another machine must find there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.datasets.load import load_dataset
from digitbench.errors import EngineError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import DataContext
from digitbench.workflows.plan import make_plan
from digitbench.workflows.request import RunRequest


@pytest.fixture
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "elsewhere")


@pytest.fixture
def recipe(host: PluginHost, tmp_path: Path) -> Recipe:
    loaded = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path))
    models = resolve_models(parse_models("centroid"), host)
    plan, _ = make_plan(RunRequest(), models, loaded)
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


def test_a_missing_model_comes_with_the_plugins_that_failed(
    recipe: Recipe, plugin_file: Callable[[str], Path]
) -> None:
    host = load_plugins(files=[plugin_file("raises_on_import")], installed=[])
    with pytest.raises(EngineError, match=r"it has no model centroid \(plugin .*raises_on_import"):
        recipe.open(host)
