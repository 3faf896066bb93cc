"""The catalogue of models: types and defaults of options, and plugins that failed."""

import io
from collections.abc import Callable
from typing import Literal

import pytest
from pydantic import Field
from rich.console import Console

from digitbench import hookimpl
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.report.catalogue import (
    catalogue_document,
    catalogue_tables,
    sets_document,
    sets_tables,
)
from digitbench.types import ModelOptions, ModelSpec
from digitbench.workflows.catalogue import select_models, select_test_sets


class Options(ModelOptions):
    k: int = Field(3, ge=1, le=9, description="neighbours, as in knn[k=3]")
    rate: float | None = Field(None, gt=0)
    mode: Literal["fast", "exact"] = "fast"
    fast: bool = True
    filters: tuple[int, int] = (16, 32)
    note: str = "x"


class Plugin:
    @hookimpl
    def digitbench_models(self) -> list[ModelSpec]:
        return [ModelSpec("model", "A model", lambda _o, _c: None, Options)]  # type: ignore[arg-type,return-value]


@pytest.fixture
def host() -> PluginHost:
    host = PluginHost()
    host.add(PluginInfo("plug", "dist", "2.0"), Plugin)
    host.add(PluginInfo("broken"), lambda: 1 / 0)
    return host


def test_options_show_their_types_and_defaults(host: PluginHost) -> None:
    (model,) = catalogue_document(host, select_models(host, []))["models"]
    shown = {option["name"]: (option["type"], option["default"]) for option in model["options"]}
    assert shown == {
        "k": ("integer >= 1, <= 9", 3),
        "rate": ("number > 0 | none", None),
        "mode": ("fast | exact", "fast"),
        "fast": ("boolean", True),
        "filters": ("integer/integer", [16, 32]),
        "note": ("string", "x"),
    }
    assert (model["distribution"], model["version"]) == ("dist", "2.0")


def test_failed_plugins_stand_with_their_reason(host: PluginHost) -> None:
    (failure,) = catalogue_document(host, [])["failures"]
    assert failure == {
        "plugin": "broken",
        "distribution": None,
        "reason": "failed to load: ZeroDivisionError: division by zero",
    }
    console = Console(file=io.StringIO(), width=120)
    console.print(catalogue_tables(host, select_models(host, ["model"])))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "failed: plugin broken: failed to load: ZeroDivisionError" in text
    assert "16/32" in text
    assert "neighbours, as in knn[k=3]" in text


def test_an_unknown_model_is_a_usage_error(host: PluginHost) -> None:
    with pytest.raises(UsageError, match="did you mean model"):
        select_models(host, ["modle"])


def test_every_installed_model_describes_its_options() -> None:
    from digitbench.plugins import load_plugins

    installed = load_plugins()
    for model in catalogue_document(installed, select_models(installed, []))["models"]:
        for option in model["options"]:
            assert option["description"], f"{model['name']}.{option['name']}"
            assert option["type"] != "any"


def test_disabled_plugins_are_named(
    host_of: Callable[..., PluginHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbench.plugins import load_plugins

    installed = load_plugins(disabled={"cnn"})
    assert catalogue_document(installed, [])["disabled"] == ["cnn"]


def test_test_sets_show_what_they_take_and_the_data_sets_beside_them(
    host_of: Callable[..., PluginHost],
) -> None:
    host = host_of("elsewhere", "further_sets", "raises_on_import")
    chosen = select_test_sets(host, ["dim", "place"])
    document = sets_document(host, chosen)
    dim, place = document["test_sets"]
    shown = {option["name"]: (option["type"], option["default"]) for option in dim["options"]}
    assert shown == {"steps": ("integer >= 1, <= 9", 2), "by": ("number > 1", 1.5)}
    assert (place["argument"], place["options"]) == ("DIR", [])
    assert document["datasets"] == ["tiny"]
    assert len(document["failures"]) == 1
    console = Console(file=io.StringIO(), width=120)
    console.print(sets_tables(host, chosen))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "place:DIR" in text
    assert 'Use: --test-sets "dim[steps=2]"' in text
    assert text.splitlines()[-2] == "A data set stands for its test images, NAME or NAME:DIR: tiny"
    assert text.splitlines()[-1].startswith("failed: plugin")
    console.print(sets_tables(host, select_test_sets(host, ["place", "negative"])))
    assert "Use: --test-sets place:DIR,negative" in console.file.getvalue()  # type: ignore[attr-defined]
    assert len(select_test_sets(host, [])) == len(host.test_sets)
    with pytest.raises(UsageError, match="'tiny' is a data set, whose test images are a test set"):
        select_test_sets(host, ["tiny"])
    with pytest.raises(UsageError, match="there is no test set 'dimm'; did you mean dim"):
        select_test_sets(host, ["dimm"])
