"""The published schemas are those of the code, and sound ones."""

from pathlib import Path
from types import ModuleType

import jsonschema


def test_the_files_are_what_the_code_says(generate: ModuleType, root: Path) -> None:
    found = {path.name: path.read_text("utf-8") for path in (root / "docs/schemas").iterdir()}
    expected = {path.name: text for path, text in generate.schema_files().items()}
    assert sorted(expected) == [
        "baseline.schema.json",
        "manifest.schema.json",
        "test_sets.schema.json",
        "trials.schema.json",
    ]
    assert found == expected, "run `python docs/generate.py`"


def test_they_are_schemas(generate: ModuleType) -> None:
    for schema in generate.schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)
