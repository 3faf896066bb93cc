"""`digitbench plugin new`: the command, and that what it writes works."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

ALL = "not installed"
"""The tests of a package that need it not be installed."""

SOME = "real_digits or shapes_and_dtypes or empty_batch or keeping"
"""Those that show that it learns, with one thread and with all, and can be kept."""


def test_it_writes_a_package_and_says_what_is_next(command: Command, workdir: Path) -> None:
    outcome = command("plugin", "new", "my-model")
    assert outcome.code == 0
    assert (workdir / "digitbench-my-model" / "pyproject.toml").is_file()
    lines = [line.strip() for line in outcome.out.splitlines()]
    assert lines[0].startswith("digitbench-my-model: the model my-model, ")
    assert lines[2] == "cd digitbench-my-model"
    assert lines[3].endswith(' -m pip install -e ".[test]"') or lines[3].startswith("python")
    assert lines[4].endswith("pytest")
    assert lines[5].endswith(" run --models my-model --trials 1")


def test_programs_are_named_as_the_shell_finds_them(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "bin"
    here.mkdir()
    for name in ("python", "digitbench"):
        (here / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(here))
    elsewhere = command("plugin", "new", "one").out
    assert f"{sys.executable} -m pip" in elsewhere
    assert f"{sys.executable} -m digitbench run" in elsewhere
    monkeypatch.setattr(sys, "executable", str(here / "python3"))
    found = command("plugin", "new", "two").out
    assert "  python -m pip" in found
    assert "  digitbench run" in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("knn",), "there is a model 'knn' already"),
        (("x", "--template", "jax"), "there is no template 'jax'"),
        (("x", "--template", "numpy", "--from", "sklearn:svm.SVC"), "exclude each other"),
        (("x", "--from", "sklearn:svm.SVR"), "is not a classifier"),
        (("x", "--directory", "nowhere"), "there is no directory nowhere"),
    ],
)
def test_what_cannot_be_done_gets_one_line_and_code_2(
    arguments: tuple[str, ...], message: str, command: Command, workdir: Path
) -> None:
    outcome = command("plugin", "new", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert list(workdir.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("how", "of_its_tests"),
    [
        pytest.param(("--template", "numpy"), ALL, id="numpy"),
        pytest.param(("--template", "sklearn"), SOME, id="sklearn"),
        pytest.param(("--template", "keras"), SOME, id="keras"),
        pytest.param(("--template", "torch"), SOME, id="torch"),
        pytest.param(
            ("--from", "sklearn:ensemble.ExtraTreesClassifier[n_estimators=20]"), SOME, id="from"
        ),
    ],
)
def test_what_it_writes_passes_its_own_tests(
    how: tuple[str, str], of_its_tests: str, command: Command, workdir: Path
) -> None:
    if how[1] == "torch" and find_spec("torch") is None:
        pytest.skip("torch is not installed")
    command("plugin", "new", "my-model", *how)
    path = workdir / "digitbench-my-model"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", of_its_tests],
        cwd=path,
        env=os.environ | {"PYTHONPATH": str(path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
