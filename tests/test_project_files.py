"""The files by which people and services take part: they parse, and what they name is there."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import digitbench

ROOT = Path(__file__).parents[1]
FORMS = ["bug.yml", "plugin.yml"]

yaml: Any = importlib.import_module("yaml")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_workflow_runs_the_whole_check() -> None:
    workflow = yaml.safe_load(text_of(".github/workflows/ci.yml"))
    steps = workflow["jobs"]["ci"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert {"push", "pull_request"} <= workflow[True].keys()  # YAML 1.1 reads `on` as true


def test_what_pre_commit_runs_is_run_by_ci() -> None:
    (local,) = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    entries = [hook["entry"].replace(" --force-exclude", "") for hook in local["hooks"]]
    assert entries == ["ruff check", "ruff format", "mypy", "lint-imports"]
    check = text_of(".ci/run").replace('"$bin/', "").replace('"', "")
    assert [entry for entry in entries if f"\n{entry}" not in check] == []


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load(text_of("CITATION.cff"))
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert citation["version"] == digitbench.__version__
    assert citation["title"] == project["name"]
    assert " AND ".join(citation["license"]) == project["license"]
    assert citation["authors"] == project["authors"]


@pytest.mark.parametrize("name", FORMS)
def test_an_issue_form_is_one_that_can_be_filled_in(name: str) -> None:
    form = yaml.safe_load(text_of(f".github/ISSUE_TEMPLATE/{name}"))
    assert form["name"]
    assert form["description"]
    fields = [field["id"] for field in form["body"]]
    assert len(set(fields)) == len(fields)
    for field in form["body"]:
        assert field["type"] in {"textarea", "input", "dropdown", "checkboxes", "markdown"}
        assert field["attributes"]["label"]
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_every_form_is_known_to_these_tests() -> None:
    folder = ROOT / ".github/ISSUE_TEMPLATE"
    assert {path.name for path in folder.iterdir()} == {*FORMS, "config.yml"}


def test_the_container_is_set_up_as_the_readme_says() -> None:
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    (test_command,) = re.findall(r"<!-- command: test -->\n```sh\n(.*)\n", text_of("README.md"))
    set_up, _, _ = test_command.rpartition(" && ")
    assert container["postCreateCommand"].replace("'", '"') == set_up


def test_what_contributing_names_is_there() -> None:
    named = re.findall(r"`([\w./]+/[\w./]*)`", text_of("CONTRIBUTING.md"))
    places = [name for name in named if "NAME" not in name]
    assert len(places) >= 10
    assert [name for name in places if not (ROOT / name).exists()] == []
