"""`docs/json.md` names every field that a document has, and no other."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from digitbench.plugins import PluginHost
from digitbench.report.catalogue import catalogue_document, select_models
from digitbench.report.document import run_document, to_json
from digitbench.types import RunRecord

OPEN_OBJECTS = {
    "environment.versions",
    "environment.variables",
    "models[].options",
    "models[].trials[].details",
}
"""Objects of a run whose keys are names of other things, and not fields."""


def fields(value: object, path: str, open_objects: set[str]) -> Iterator[str]:
    """Yield the paths of a document's fields, such as `models[].trials[].accuracy`."""
    if isinstance(value, dict) and path not in open_objects:
        for key, inner in value.items():
            yield from fields(inner, f"{path}.{key}".lstrip("."), open_objects)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from fields(inner, f"{path}[]", open_objects)
    else:
        yield path


def documented(root: Path, heading: str) -> list[str]:
    page = (root / "docs" / "json.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert section, f"no section {heading}"
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_the_fields_of_a_run(
    root: Path,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    document = run_document(run_tiny(host_of("centroid"), "centroid,centroid[noise=0.1]"))
    to_json(document)
    found = set(fields(document, "", OPEN_OBJECTS))
    listed = documented(root, "A run")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_the_models(root: Path, host_of: Callable[..., PluginHost]) -> None:
    host = host_of("centroid", "raises_on_import")
    document: dict[str, Any] = catalogue_document(host, select_models(host, ()))
    found = set(fields(document, "", set()))
    assert set(documented(root, "The models")) == found
