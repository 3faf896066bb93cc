"""The code and the commands of the pages work as they are shown."""

import re
import shlex
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from itertools import dropwhile
from pathlib import Path
from typing import Any

import pytest
import typer

from digitbench.cli import app
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.scaffold import STARTERS, PackageNames, write_package
from digitbench.types import RunRecord

ROOT = Path(__file__).parents[2]
PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "benchmarks").glob("*.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
]
OF_A_PLUGIN = {"docs/tutorial.md", "docs/conformance.md", "docs/kept-models.md"}
"""Pages that name the files of a plugin which the reader writes."""
EXAMPLE = "docs/examples/digitbench-centroid"

Blocks = Callable[[str], list[Any]]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, root: Path) -> Callable[..., PluginHost]:
    """Return a function that loads the installed plugins, the example, and given files."""
    monkeypatch.syspath_prepend(str(root / EXAMPLE / "src"))
    example = EntryPoint("centroid", "digitbench_centroid", "digitbench")

    def load(*files: Path) -> PluginHost:
        installed = [e for e in entry_points(group="digitbench") if e.name != example.name]
        return load_plugins(files=files, installed=[*installed, example])

    return load


@pytest.fixture(scope="module")
def project_files() -> set[str]:
    """Return every way to end the path of a Python file of the project, with a slash before it."""
    found: set[str] = set()
    for folder in ("digitbench", "plugins", "benchmarks", "docs", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            found |= {f"/{'/'.join(parts[start:])}" for start in range(len(parts))}
    return found


def plugin_files(blocks: list[Any], folder: Path) -> list[Path]:
    """Write a page's plugin files to a folder each, because versions of one share their name."""
    found = [block for block in blocks if block.marker.startswith("file: ") and is_plugin(block)]
    paths = []
    for number, block in enumerate(found):
        path = folder / str(number) / block.marker.removeprefix("file: ")
        path.parent.mkdir()
        path.write_text(block.text, encoding="utf-8")
        paths.append(path)
    return paths


def new_plugins(calls: list[list[str]], folder: Path) -> list[Path]:
    """Write the packages that a page has digitbench write; returns the modules of the plugins."""
    names = [PackageNames(call[2]) for call in calls if call[:2] == ["plugin", "new"]]
    paths = [write_package(name, STARTERS["numpy"], folder) for name in names]
    modules = zip(paths, names, strict=True)
    return [path / "src" / name.package / "__init__.py" for path, name in modules]


def is_plugin(block: Any) -> bool:
    return block.language == "python" and "/" not in block.marker


def commands(blocks: list[Any]) -> list[list[str]]:
    """Return the arguments of every call of digitbench in a page's shell blocks."""
    texts = [block.text.replace("\\\n", "") for block in blocks if block.language == "sh"]
    lines = [line for text in texts for line in text.splitlines()]
    calls = [shlex.split(part, comments=True) for line in lines for part in re.split("&&|>", line)]
    bare = [list(dropwhile(lambda word: re.match(r"[A-Z_]+=", word), call)) for call in calls]
    return [call[1:] for call in bare if call and Path(call[0]).name == "digitbench"]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_understood(
    page: str, blocks: Blocks, host: Callable[..., PluginHost], tmp_path: Path
) -> None:
    found = blocks(page)
    written = (*plugin_files(found, tmp_path), *new_plugins(commands(found), tmp_path))
    plugins = host(*written)
    for arguments in commands(found):
        command: Any = typer.main.get_command(app)
        words = arguments
        while words and words[0] in getattr(command, "commands", {}):
            command, words = command.commands[words[0]], words[1:]
        parameters = command.make_context("digitbench", list(words)).params
        models = parameters.get("models")
        if isinstance(models, str):
            resolve_models(parse_models(models), plugins)
        assert {*(parameters.get("names") or ())} <= plugins.models.keys()
        assert parameters.get("dataset") in {None, *plugins.datasets}


def test_commands_are_found_in_the_pages(blocks: Blocks) -> None:
    assert ["run", "--models", "softmax,cnn", "--trials", "5"] in commands(blocks("README.md"))
    assert len(commands(blocks("docs/tutorial.md"))) >= 3


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_every_plugin_file_of_the_page_runs(
    page: str,
    blocks: Blocks,
    plugin_file: Callable[[str], Path],
    run_tiny: Callable[[PluginHost, str], RunRecord],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = plugin_files(blocks(page), tmp_path)
    assert paths
    for path in paths:
        alone = load_plugins(files=[path, plugin_file("centroid")], installed=[])
        assert alone.failures == []
        record = run_tiny(alone, "all")
        assert [result.error for result in record.results if result.error] == []
        assert alone.failures == []


def test_code_without_a_file_name_is_nowhere_in_the_tutorial(blocks: Blocks) -> None:
    python = [block for block in blocks("docs/tutorial.md") if block.language == "python"]
    assert all(block.marker.startswith("file: ") for block in python)


@pytest.mark.parametrize("page", PAGES)
def test_a_file_of_the_project_is_shown_as_it_is(page: str, blocks: Blocks, root: Path) -> None:
    for block in blocks(page):
        name = block.marker.removeprefix("file: ")
        if name != block.marker and "/" in name:
            assert block.text in (root / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md", f"{EXAMPLE}/README.md"])
def test_every_link_leads_somewhere(page: str, root: Path) -> None:
    text = (root / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://")):
            assert ((root / page).parent / target).exists(), target


@pytest.mark.parametrize("page", sorted({*PAGES} - {"README.md", *OF_A_PLUGIN}))
def test_every_file_that_a_page_names_is_there(
    page: str, root: Path, project_files: set[str]
) -> None:
    text = re.sub(r"```.*?```", "", (root / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {name for name in re.findall(r"`([\w/.-]+\.py)`", text) if "NAME" not in name}
    assert {name for name in named if f"/{name}" not in project_files} == set()


@pytest.mark.parametrize("name", ["run", "test"])
def test_the_two_commands_are_a_line_each(name: str, blocks: Blocks) -> None:
    (block,) = (block for block in blocks("README.md") if block.marker == f"command: {name}")
    assert block.language == "sh"
    assert len(block.text.splitlines()) == 1
    assert block.text.startswith(
        "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt "
    )


def test_the_example_plugin_runs(
    host: Callable[..., PluginHost], run_tiny: Callable[[PluginHost, str], RunRecord]
) -> None:
    plugins = host()
    assert plugins.models["centroid"].plugin.name == "centroid"
    record = run_tiny(plugins, "centroid,centroid[metric=cosine]")
    assert [result.accuracy for result in record.results] == [1.0, 1.0]
