"""The examples of `docs/configuration.md` are read as they stand, and the first has every key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from digitbench.cli import app
from digitbench.cli.tables import read_table
from digitbench.plugins import load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.workflows.config_file import check_settings
from digitbench.workflows.request import RunRequest, asked

PAGE = "docs/configuration.md"


@pytest.fixture
def tables(blocks: Callable[[str], list[Any]], tmp_path: Path) -> list[dict[str, Any]]:
    """Write the page's examples to files and return the settings as they stand there."""
    found = []
    for number, block in enumerate(b for b in blocks(PAGE) if b.language == "toml"):
        name = "pyproject" if "[tool.digitbench]" in block.text else f"example{number}"
        file = tmp_path / f"{name}.toml"
        file.write_text(block.text, encoding="utf-8")
        table = read_table(file)
        assert table is not None
        found.append(table)
    return found


def test_the_examples_can_be_used_with_the_models_that_come_along(
    tables: list[dict[str, Any]],
) -> None:
    host = load_plugins()
    assert len(tables) == 2
    for table in tables:
        settings = check_settings(table, Path("digitbench.toml"))
        models = resolve_models(parse_models(settings["models"]), host)
        assert models[0].label == "softmax"


def test_the_first_example_has_every_key_and_each_is_an_option(
    tables: list[dict[str, Any]],
) -> None:
    command: Any = typer.main.get_command(app)
    run = command.commands["run"]
    options = {spelling for p in run.get_params(typer.Context(run)) for spelling in p.opts}
    keys = {key.removesuffix("s") if key == "plugin-files" else key for key in tables[0]}
    assert {f"--{key}" for key in keys} <= options
    known = check_settings(tables[0], Path("digitbench.toml"))
    assert {name.replace("_", "-") for name in known} == set(tables[0])
    fields = RunRequest.model_fields.items()
    every = {asked(field).key or name for name, field in fields if asked(field).in_file}
    assert set(known) == every
