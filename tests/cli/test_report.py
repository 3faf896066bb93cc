"""`digitbench report`: a page or tables, to a file or to stdout, whole or not at all."""

import json
import os
import shutil
import stat
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitbench.cli import app

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


def raises(error: BaseException) -> Callable[[str], bool]:
    """Return a browser that fails."""

    def browser(url: str) -> bool:
        raise error

    return browser


@pytest.fixture(scope="module")
def stored(
    plugin_file: PluginFile, digits_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make a run and return its directory."""
    runs = tmp_path_factory.mktemp("stored")
    arguments = [
        "run",
        "--offline",
        "-d",
        "digits",
        "-m",
        "centroid[noise=0.5],centroid",
        "-t",
        "2",
    ]
    places = ["--plugin-file", str(plugin_file("centroid")), "--runs-dir", str(runs)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
        patch.delenv("DIGITBENCH_DATA_DIR", raising=False)
        outcome = CliRunner().invoke(app, [*arguments, *places, "--threads", "1"])
    assert outcome.exit_code == 0, outcome.output
    (path,) = runs.iterdir()
    return path


@pytest.fixture
def run(stored: Path, workdir: Path) -> Path:
    """Return the directory of a run below the working directory."""
    return Path(shutil.copytree(stored, workdir / "runs" / stored.name))


def test_the_page_goes_to_a_file_of_the_runs_name(
    command: Command, run: Path, workdir: Path
) -> None:
    outcome = command("report", "--offline")
    assert outcome.code == 0
    assert outcome.out == ""
    assert outcome.err == f"report written to {run.name}.html\n"
    page = (workdir / f"{run.name}.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert run.name in page
    assert "data:image/png;base64," in page
    assert 'id="calibration"' in page


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (("-o", "a.md"), "**`"),
        (("-o", "A.MD"), "**`"),
        (("-o", "a.csv"), "kind,"),
        (("-o", "a.json"), "{"),
        (("-o", "a.tex"), "%"),
        (("-o", "a.txt"), "<!doctype html>"),
        (("-o", "a.md", "-f", "csv"), "kind,"),
    ],
)
def test_the_name_of_the_file_says_the_format(
    command: Command, run: Path, workdir: Path, arguments: tuple[str, ...], beginning: str
) -> None:
    del run
    outcome = command("report", "--offline", *arguments)
    assert (outcome.code, outcome.out) == (0, "")
    assert (workdir / arguments[1]).read_text("utf-8").startswith(beginning)


def test_the_page_is_opened_once_it_is_written(
    command: Command, run: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def browser(url: str) -> bool:
        opened.append((url, (workdir / "a page.html").read_text("utf-8")[:15]))
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    outcome = command("report", "--open", "-o", "a page.html", "--offline")
    assert (outcome.code, outcome.err) == (0, "report written to a page.html\n")
    assert opened == [((workdir / "a page.html").as_uri(), "<!doctype html>")]


@pytest.mark.parametrize("failure", [lambda url: False, raises(webbrowser.Error("none"))])
def test_it_is_said_if_there_is_no_browser(
    command: Command,
    run: Path,
    workdir: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: Callable[[str], bool],
) -> None:
    monkeypatch.setattr(webbrowser, "open", failure)
    outcome = command("report", "--open", "-o", "page.html", "--offline")
    assert outcome.code == 0
    assert outcome.err.splitlines()[1:] == [
        "warning: no browser was found: open page.html yourself"
    ]
    assert (workdir / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["-f", "md"], "md is none: write html"),
        (["-o", "a.md"], "md is none: write html"),
        (["-o", "-"], "name one with --output"),
    ],
)
def test_only_a_page_in_a_file_can_be_opened(
    command: Command,
    run: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    advice: str,
) -> None:
    monkeypatch.setattr(webbrowser, "open", raises(AssertionError("opened")))
    outcome = command("report", "--open", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --open ")
    assert advice in outcome.err


def test_the_page_to_stdout_is_the_same(command: Command, run: Path, workdir: Path) -> None:
    shown = command("report", run, "-o", "-", "--offline")
    assert shown.err == ""
    command("report", run, "--output", "here.html", "--offline")
    assert (workdir / "here.html").read_text("utf-8") == shown.out
    assert {path.name for path in workdir.iterdir()} == {"runs", "here.html"}


def test_tables_go_to_stdout_unless_a_file_is_named(
    command: Command, run: Path, workdir: Path
) -> None:
    for name, part in (("md", "| "), ("csv", "kind,"), ("latex", r"\begin{tabular}")):
        outcome = command("report", "--format", name)
        assert outcome.code == 0
        assert part in outcome.out
        assert "centroid[noise=0.5]" in outcome.out.replace("{[}", "[").replace("{]}", "]")
    outcome = command("report", "-f", "json", "-o", "figures.json")
    assert outcome.out == ""
    assert json.loads((workdir / "figures.json").read_text("utf-8"))["run"] == run.name


def test_lines_of_csv_end_as_the_format_wants_it(
    process: Command, command: Command, run: Path, workdir: Path
) -> None:
    command("report", "-f", "csv", "-o", "t.csv")
    data = (workdir / "t.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") > 1


def test_a_file_that_is_there_is_replaced_with_its_link_kept(
    command: Command, run: Path, workdir: Path
) -> None:
    (workdir / "old.html").write_text("old")
    (workdir / "link.html").symlink_to("old.html")
    assert command("report", "-o", "link.html", "--offline").code == 0
    assert (workdir / "link.html").is_symlink()
    assert (workdir / "old.html").read_text("utf-8").startswith("<!doctype html>")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((workdir / "old.html").stat().st_mode) == 0o666 & ~mask


def test_a_device_is_written_and_not_replaced(command: Command, run: Path) -> None:
    assert command("report", "-o", "/dev/null", "--offline").code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_places_that_cannot_be_written_get_one_line(
    command: Command, run: Path, workdir: Path
) -> None:
    (workdir / "there").mkdir()
    for target, message in (
        ("there", "there is a directory: name a file"),
        ("gone/page.html", "there is no directory gone: make it, or name another file"),
    ):
        outcome = command("report", "-o", target, "--offline")
        assert outcome.code == 2
        assert outcome.err == f"error: {message}\n"
    assert list((workdir / "there").iterdir()) == []


def test_a_write_that_fails_leaves_what_was_there(
    command: Command, run: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "page.html").write_text("old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    outcome = command("report", "-o", "page.html", "--offline")
    assert outcome.code == 2
    assert outcome.err == "error: cannot write page.html: No space left on device\n"
    assert (workdir / "page.html").read_text() == "old"
    assert {path.name for path in workdir.iterdir()} == {"runs", "page.html"}


def test_data_that_are_not_there_are_a_warning(command: Command, run: Path, workdir: Path) -> None:
    manifest = run / "manifest.json"
    stored = json.loads(manifest.read_text("utf-8"))
    stored["plan"]["dataset"]["fingerprint"] = "f" * 64
    manifest.write_text(json.dumps(stored))
    outcome = command("report", "-o", "page.html", "--offline")
    assert outcome.code == 0
    warning, written = outcome.err.splitlines()
    assert warning.startswith("warning: the digits cannot be drawn: ")
    assert written == "report written to page.html"
    page = (workdir / "page.html").read_text("utf-8")
    assert "The digits are not drawn" in page
    assert "base64" not in page


def test_a_run_in_which_every_trial_failed(
    command: Command, plugin_file: PluginFile, workdir: Path
) -> None:
    arguments = ("run", "--offline", "-d", "digits", "-m", "wrong-labels", "-t", "1")
    assert command(*arguments, "--plugin-file", plugin_file("faulty_models")).code == 3
    outcome = command("report", "-f", "md")
    assert outcome.code == 2
    assert "there are no figures to tabulate" in outcome.err
    assert command("report", "-o", "page.html", "--offline").code == 0
    page = (workdir / "page.html").read_text("utf-8")
    assert "No trial of this run succeeded" in page


def test_several_runs_are_one_page(command: Command, run: Path, workdir: Path) -> None:
    shutil.copytree(run, run.parent / "older")
    outcome = command("report", "older", run.name, "--offline")
    assert outcome.code == 0
    assert outcome.err == "report written to older-and-1-more.html\n"
    page = (workdir / "older-and-1-more.html").read_text("utf-8")
    assert "2 runs on the same test images" in page
    assert 'id="B-digits"' in page


@pytest.mark.parametrize("name", ["md", "json", "csv"])
def test_several_runs_in_other_formats(command: Command, run: Path, name: str) -> None:
    shutil.copytree(run, run.parent / "older")
    outcome = command("report", "older", run.name, "-f", name)
    assert outcome.code == 0
    assert "older" in outcome.out
    assert run.name in outcome.out


def test_several_runs_are_refused_in_a_line(command: Command, run: Path) -> None:
    shutil.copytree(run, run.parent / "older")
    latex = command("report", "older", run.name, "-f", "latex")
    assert (latex.code, latex.err.count("\n")) == (2, 1)
    assert "latex is for one run" in latex.err
    twice = command("report", run.name, "older", "latest")
    assert twice.code == 2
    assert "are the same run: name it once" in twice.err


def test_unknown_formats_and_runs(command: Command, run: Path) -> None:
    assert command("report", "--format", "pdf").code == 2
    outcome = command("report", "nothing")
    assert outcome.code == 2
    assert "there is no run 'nothing'" in outcome.err
