"""The tutorial followed word for word, as a new user would, without the network."""

import os
import re
import site
import subprocess
import sys
import venv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Blocks = Callable[[str], list[Any]]

_MARK = "end of block"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Make a virtual environment of its own that sees what is installed here; no index is asked."""
    directory = tmp_path / "venv"
    venv.create(directory, symlinks=True)
    python = directory / "bin" / "python"
    (packages,) = directory.glob("lib/python*/site-packages")
    (here,) = site.getsitepackages()
    (packages / "here.pth").write_text(f"import site; site.addsitedir({here!r})", encoding="utf-8")
    digitbench = directory / "bin" / "digitbench"
    digitbench.write_text(f'#!/bin/sh\nexec "{python}" -m digitbench "$@"\n', encoding="utf-8")
    digitbench.chmod(0o755)
    return os.environ | {
        "PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "DIGITBENCH_RUNS_DIR": str(tmp_path / "runs"),
        "DIGITBENCH_OFFLINE": "1",
        "COLUMNS": "120",
    }


def words(text: str) -> set[str]:
    """Return what of an output does not change from run to run."""
    return set(re.findall(r"[A-Za-z][A-Za-z_:-]{2,}", text))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_the_tutorial_works_and_prints_what_it_shows(
    blocks: Blocks, environment: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("hatchling")
    pytest.importorskip("pip")
    page = blocks("docs/tutorial.md")
    work = tmp_path / "work"
    work.mkdir()
    for block in page:
        if block.marker.startswith("file: ") and "/" not in block.marker:
            (work / block.marker.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
    commands = [block.text for block in page if block.language == "sh"]
    script = "".join(f"{text}echo; echo '{_MARK}'\n" for text in commands)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    Path(os.environ.get("TUTORIAL_OUT", os.devnull)).write_text(done.stdout)
    assert done.returncode == 0, done.stdout
    printed = dict(zip(commands, done.stdout.split(f"\n{_MARK}\n"), strict=False))
    shown = [
        (command.text, output.text)
        for command, output in pairwise(page)
        if command.language == "sh" and output.language == "text"
    ]
    assert len(shown) >= 2
    for command, output in shown:
        assert words(output) <= words(printed[command]), command
    assert sys.executable not in done.stdout  # the environment's own programs were named
