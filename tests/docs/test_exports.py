"""`docs/exports.md`: its examples run, as they stand."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitbench_cnn
import digitbench_sklearn
import digitbench_softmax

PAGE = "docs/exports.md"

pytest.importorskip("onnxruntime")


@dataclass
class Weighing:
    """Scores digits by weights of their pixels."""

    weights: np.ndarray[Any, Any]


def examples(blocks: Callable[[str], list[Any]]) -> tuple[str, str]:
    run, plugin = (block.text for block in blocks(PAGE) if block.language == "python")
    return run, plugin


def test_the_table_has_the_formats_of_every_model(root: Path) -> None:
    page = (root / PAGE).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    packages = (digitbench_cnn, digitbench_sklearn, digitbench_softmax)
    specs = [spec for package in packages for spec in package.digitbench_models()]
    assert rows.keys() == {spec.name for spec in specs}
    for spec in specs:
        named = set(re.findall(r"`(onnx|savedmodel)`", rows[spec.name]))
        assert named == spec.exports.keys()


def test_a_plugin_writes_its_graph_as_shown(
    blocks: Callable[[str], list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run, plugin = examples(blocks)
    names: dict[str, Any] = {}
    exec(plugin, names)  # noqa: S102 - what the page shows
    weights = np.random.default_rng(1).random((784, 10), np.float32)
    names["export_onnx"](Weighing(weights), Path("cnn.onnx"))

    exec(run, names)  # noqa: S102
    assert names["digits"].dtype == np.int64
    assert names["digits"].shape == (5,)
    np.testing.assert_allclose(names["probabilities"], np.full((5, 10), 0.1), atol=1e-6)
    images = np.random.default_rng(2).integers(0, 256, (9, 28, 28)).astype(np.uint8)
    (given,) = names["session"].run(["label"], {"images": images})
    scores = images.reshape(9, -1).astype(np.float32) @ weights
    np.testing.assert_array_equal(given, scores.argmax(axis=1))
