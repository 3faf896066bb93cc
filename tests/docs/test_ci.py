"""`docs/ci.md` followed to the letter: its files are written, its commands and CI lines run."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digitbench.analysis.gate.settings import GateSettings
from digitbench.cli.tables import read_table
from digitbench.workflows.config_file import GateTable, check_settings

PAGE = "docs/ci.md"

Blocks = Callable[[str], list[Any]]


class Project:
    """A directory with the files of the page, and a shell in it."""

    def __init__(self, folder: Path, blocks: list[Any]) -> None:
        self.folder = folder
        self.blocks = blocks
        for block in blocks:
            kind, _, name = block.marker.partition(": ")
            if kind in {"file", "write"}:
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, encoding="utf-8")

    def shell(self, command: str, *, code: int = 0) -> str:
        """Run a line as a CI service does; return what it printed on stdout."""
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "COLUMNS": "96",
            "NO_COLOR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            # As on a fresh machine, where digitbench is not there yet, but nothing is changed.
            "PIP_DRY_RUN": "1",
            "PIP_IGNORE_INSTALLED": "1",
            "PIP_NO_DEPS": "1",
            "DIGITBENCH_SOURCE": str(Path(__file__).parents[2]),
            "HOME": str(self.folder),
        }
        environment.pop("DIGITBENCH_DATA_DIR", None)
        shown = subprocess.run(
            ["bash", "-ec", command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert shown.returncode == code, f"{command}\n{shown.stdout}\n{shown.stderr}"
        return shown.stdout

    def block(self, marker: str) -> str:
        (found,) = (block.text for block in self.blocks if block.marker == marker)
        return str(found)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, digits_cache: Path, page_blocks: list[Any]
) -> Iterator[Project]:
    """Make the project of the page, with its baseline, by the page's own commands."""
    made = Project(tmp_path_factory.mktemp("project"), page_blocks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
        (commands,) = (block.text for block in page_blocks if block.language == "sh")
        for command in commands.splitlines():
            made.shell(command)
        yield made


@pytest.fixture(scope="module")
def page_blocks() -> list[Any]:
    """Return the fenced blocks of the page; `blocks` of the conftest lives for one test only."""
    text = (Path(__file__).parents[2] / PAGE).read_text(encoding="utf-8")
    pattern = r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$"

    class Block:
        def __init__(self, match: re.Match[str]) -> None:
            self.marker, self.language, self.text = match[1] or "", match[2], match[3]

    return [Block(match) for match in re.finditer(pattern, text, re.MULTILINE | re.DOTALL)]


def lines_of(value: object, key: str = "") -> Iterator[str]:
    """Yield every command of a CI service's file."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from lines_of(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from lines_of(inner, key)
    elif key in {"run", "script", "entry"}:
        yield from str(value).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "count"),
    [
        (".github/workflows/digitbench.yml", 2),
        (".gitlab-ci.yml", 2),
        (".pre-commit-config.yaml", 1),
    ],
)
def test_every_line_of_a_service_runs(project: Project, file: str, count: int) -> None:
    yaml: Any = importlib.import_module("yaml")
    commands = list(lines_of(yaml.safe_load((project.folder / file).read_text("utf-8"))))
    assert len(commands) == count
    for command in commands:
        project.shell(command)
    if "--junit" in " ".join(commands):
        assert (project.folder / "digitbench.xml").stat().st_size > 0


def test_nobody_is_told_to_install_digitbench_from_an_index(root: Path) -> None:
    bare = re.compile(r"pip install (?:-\S+ )*\"?digitbench\"?(?![\w\[/-]| @)")
    pages = [root / "README.md", *(root / "docs").rglob("*.md"), *(root / "digitbench").rglob("*")]
    for page in pages:
        if page.suffix in {".md", ".py", ".jinja"}:
            text = page.read_text(encoding="utf-8")
            found = [line for line in text.splitlines() if bare.search(line)]
            assert [line for line in found if "finds nothing" not in line] == [], page


@pytest.mark.slow
def test_the_tests_of_the_page_pass(project: Project) -> None:
    shown = project.shell(f"{sys.executable} -m pytest -q -p no:cacheprovider test_models.py")
    assert "2 passed" in shown


def comparable(text: str) -> list[str]:
    """Return the sentences of a transcript without figures: they may differ between machines."""
    words = [line for line in text.splitlines() if not re.search("[█▓▒░▀▄]", line)]
    return re.sub(r"[\d.,]+(e-\d+)?", "0", " ".join(" ".join(words).split())).split(": ")


@pytest.mark.slow
def test_the_transcript_is_what_is_printed(project: Project) -> None:
    command = "digitbench check --trials 5 --seed 1"
    assert "passed: of 3 gates 3 passed" in project.shell(command)
    removed, added = project.block("patch: prototypes.py").splitlines()
    file = project.folder / "prototypes.py"
    before = file.read_text(encoding="utf-8")
    assert before.count(removed[1:]) == 1
    file.write_text(before.replace(removed[1:], added[1:]), encoding="utf-8")
    shown = project.shell(command, code=1)
    file.write_text(before, encoding="utf-8")
    transcript = project.block("transcript: failing")
    assert shown.splitlines()[-1] == transcript.splitlines()[-1]
    sentences = [s for s in comparable(shown) if "image" not in s]
    assert sentences == [s for s in comparable(transcript) if "image" not in s]


def test_every_key_is_explained(
    site_page: Callable[[str], str], blocks: Blocks, tmp_path: Path
) -> None:
    section = site_page("ci.md").partition("\n## What can be asked\n")[2].partition("\n## ")[0]
    keys = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert {key.replace("-", "_") for key in keys} == GateTable.model_fields.keys()
    (toml,) = (block.text for block in blocks(PAGE) if block.language == "toml")
    file = tmp_path / "pyproject.toml"
    file.write_text(toml, encoding="utf-8")
    table = read_table(file)
    assert table is not None
    gates = check_settings(table, file)["gates"]
    assert isinstance(gates, GateSettings)
    assert gates.accept_changed == ("source:prototypes.py",)


@pytest.mark.slow
def test_every_field_of_the_document_is_explained(
    project: Project, site_page: Callable[[str], str]
) -> None:
    def fields(value: object, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from fields(inner, f"{path}.{key}".lstrip("."))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for inner in value:
                yield from fields(inner, f"{path}[]")
        else:
            yield path

    document = json.loads(project.shell("digitbench check --trials 5 --seed 3 --json"))
    (model,) = document["models"]
    model["became_wrong"] = [
        dict.fromkeys(
            ("image", "digit", "taken_for", "wrong", "trials", "baseline_wrong", "baseline_trials")
        )
    ]
    text = site_page("ci.md")
    listed = re.findall(r"^\| `([a-z_]+(?:\[\])?(?:\.[a-z_.\[\]]+)?)` \|", text, re.MULTILINE)
    documented = {name for name in listed if "_" in name or "[]" in name or name in document}
    assert documented == set(fields(document, ""))
