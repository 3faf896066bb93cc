"""The command line as a whole: help, start-up, and errors that are ours."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench import __version__
from digitbench.cli.exit_codes import ExitCode

Command = Callable[..., Any]

HEAVY = ("tensorflow", "keras", "sklearn", "sklearnex", "daal4py", "torch")


def test_help_lists_the_commands(command: Command) -> None:
    outcome = command("--help")
    assert outcome.code == 0
    for name in ("run", "show", "models", "data"):
        assert f" {name} " in outcome.out


def test_no_arguments_show_the_help(command: Command) -> None:
    outcome = command()
    assert (outcome.code, outcome.out) == (2, "")
    assert "Commands" in outcome.err


def test_the_help_loads_no_more_than_the_command_line(workdir: Path) -> None:
    """That is what it takes: what is not loaded costs no time."""
    code = """
import sys
sys.argv = ["digitbench", "--help"]
from digitbench.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
print("LOADED", *sys.modules)
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    loaded = result.stderr.splitlines()[-1].split()[1:]
    ours = {name.split(".")[1] for name in loaded if name.startswith("digitbench.")}
    assert ours <= {"cli", "errors", "given", "printable", "report", "workflows"}
    assert not [name for name in loaded if name.startswith(("rich.", "asyncio", "importlib.meta"))]
    assert len(loaded) < 400


def test_python_hardly_searches_for_garbage_as_a_command_starts_and_ends(workdir: Path) -> None:
    """That would take a fifth of the time of a short command."""
    code = """
import atexit, gc, sys
from digitbench.cli import main
searches = []
gc.callbacks.append(lambda phase, info: searches.append(info))
atexit.register(lambda: print(len(searches), gc.get_freeze_count()))
sys.argv = ["digitbench", "models"]
main()
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    searches, left_out = map(int, result.stderr.split()[-2:])
    assert searches < 50
    assert left_out > 50_000


def test_version(process: Command) -> None:
    outcome = process("--version")
    assert (outcome.code, outcome.out) == (0, f"digitbench {__version__}\n")


def test_no_heavy_import_at_start(workdir: Path) -> None:
    """One process runs one command after the other: what none may load first, then what some do."""
    commands = (
        (["--help"], ("numpy", "pydantic", "scipy")),
        (["run", "--help"], ("numpy", "scipy")),
        (["models"], ()),
        (["models", "--json"], ()),
        (["data", "list"], ()),
    )
    code = f"""
import sys
from digitbench.cli import main
for arguments, also in {commands!r}:
    sys.argv = ["digitbench", *arguments]
    try:
        main()
    except SystemExit as done:
        assert not done.code, done.code
    loaded = [name for name in (*{HEAVY!r}, *also) if name in sys.modules]
    print("LOADED", *arguments, loaded, file=sys.stderr)
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    told = [line for line in result.stderr.splitlines() if line.startswith("LOADED")]
    assert told == [" ".join(["LOADED", *arguments, "[]"]) for arguments, _ in commands]


def test_a_defect_of_ours_gives_its_own_code(workdir: Path) -> None:
    code = """
import sys
sys.argv = ["digitbench", "models"]
import digitbench.plugins
digitbench.plugins.load_plugins = lambda **_: 1 / 0
from digitbench.cli import main
main()
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == ExitCode.INTERNAL_ERROR
    assert "ZeroDivisionError" in result.stderr
    assert "This is a defect of digitbench" in result.stderr
    assert result.stdout == ""


def test_a_reader_that_leaves_is_no_error(workdir: Path) -> None:
    line = f"{sys.executable} -m digitbench models --json | head -c 1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], capture_output=True, encoding="utf-8", check=False
    )
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run --nope", "no such option: --nope; see digitbench run --help"),
        ("run --trials x", "invalid value for '--trials' / '-t': "),
        ("run --vary no", "invalid value for '--vary': 'no' is not one of "),
        ("report --format", "requires an argument; see digitbench"),
        ("compare a", "missing argument 'B'; see digitbench compare --help"),
        ("nope", "no such command 'nope'; see digitbench --help"),
        ("data nope", "no such command 'nope'; see digitbench data --help"),
        ("show nothing", "there is no run 'nothing'"),
        ("run --models nothing", "there is no model 'nothing'"),
        ("report --format docx", "there is no format 'docx'"),
        ("choose --max-latency 1", "cannot read --max-latency '1'"),
        ("export --to nothing", "there are no runs"),
        ("plugin check nothing", "there is no model 'nothing'"),
    ],
)
def test_every_error_has_one_shape(command: Command, words: str, said: str) -> None:
    outcome = command(*words.split())
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: ")
    assert said in line
