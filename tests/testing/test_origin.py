"""Where a model's plugin is found, so that another process can load it."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from digitbench import Classifier, ModelSpec
from digitbench.plugins import PluginHost
from digitbench.testing.origin import find_origin

PACKAGE = {
    "__init__.py": "from digitbench import ModelSpec, hookimpl\n"
    "from lonely_plugin.model import build\n\n"
    "@hookimpl\ndef digitbench_models():\n"
    "    return [ModelSpec('lonely', 'Not installed', build)]\n",
    "model.py": "def build(options, context):\n    return None\n",
}


def test_an_installed_plugin_by_its_entry_points() -> None:
    from digitbench_sklearn import digitbench_models

    spec = next(iter(digitbench_models()))
    origin = find_origin(spec)
    assert origin is not None
    assert origin.modules == (("sklearn", "digitbench_sklearn"),)
    assert "knn" in origin.load().models
    assert Path(origin.directories[0]).name == "digitbench_sklearn"


def test_a_single_file_by_its_path(
    host_of: Callable[..., PluginHost], plugin_file: Callable[[str], Path]
) -> None:
    origin = find_origin(host_of("centroid").models["centroid"].spec)
    assert origin is not None
    assert origin.files == (str(plugin_file("centroid")),)
    assert list(origin.load().models) == ["centroid"]


def test_a_package_that_is_not_installed_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lonely_plugin"
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lonely_plugin  # type: ignore[import-not-found]

    try:
        (spec,) = lonely_plugin.digitbench_models()
        origin = find_origin(spec)
        assert origin is not None
        assert origin.modules == (("lonely_plugin", "lonely_plugin"),)
        assert list(origin.load().models) == ["lonely"]
    finally:
        for name in ("lonely_plugin", "lonely_plugin.model"):
            sys.modules.pop(name, None)


def test_a_model_of_no_plugin_has_none() -> None:
    def build(options: Any, context: Any, extra: int) -> Classifier:
        raise NotImplementedError

    assert find_origin(ModelSpec("local", "Made here", partial(build, extra=1))) is None
