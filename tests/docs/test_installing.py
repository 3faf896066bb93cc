"""What the pages say of installing, typed in an environment that has no digitbench yet."""

import importlib
import os
import re
import shlex
import site
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Blocks = Callable[[str], list[Any]]

yaml: Any = importlib.import_module("yaml")


class Environment:
    """A new virtual environment, which sees the libraries that are installed here."""

    def __init__(self, folder: Path, source: str) -> None:
        self.bin = folder / "venv" / "bin"
        venv.create(folder / "venv", symlinks=True)
        (packages,) = (folder / "venv").glob("lib/python*/site-packages")
        # A path alone: what the `.pth` files of an editable digitbench name is not seen.
        (packages / "libraries.pth").write_text(site.getsitepackages()[0], encoding="utf-8")
        pip = self.bin / "pip"
        pip.write_text(f'#!/bin/sh\nexec "{self.bin}/python" -m pip "$@"\n', encoding="utf-8")
        pip.chmod(0o755)
        self.variables = os.environ | {
            "PATH": f"{self.bin}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
            "DIGITBENCH_SOURCE": source,
            "DIGITBENCH_OFFLINE": "1",
            "DIGITBENCH_RUNS_DIR": str(folder / "runs"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_IGNORE_INSTALLED": "1",
        }

    def typed(self, lines: str, folder: Path) -> str:
        """Return what lines print that are typed in a folder; each must succeed."""
        done = subprocess.run(
            ["bash", "-ec", lines],
            cwd=folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{lines}\n{done.stdout}"
        return done.stdout


@pytest.fixture(params=["repository", "wheel"])
def environment(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Environment:
    """Return an environment for which digitbench comes from its repository, or from a wheel."""
    pytest.importorskip("hatchling")
    if request.param == "repository":
        if not (root / ".git").exists():
            pytest.skip("this is no checkout")
        return Environment(tmp_path, f"git+file://{root}")
    made = Environment(tmp_path, "")
    made.typed(f"pip wheel --wheel-dir dist {shlex.quote(str(root))}", tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    made.variables["DIGITBENCH_SOURCE"] = str(wheel)
    return made


@pytest.mark.slow
def test_digitbench_and_a_new_package_are_installed_as_the_pages_say(
    blocks: Blocks, environment: Environment, tmp_path: Path
) -> None:
    """The gate's workflow installs digitbench; the README of a new package installs both."""
    (workflow,) = (b.text for b in blocks("docs/ci.md") if "workflows" in b.marker)
    steps = [step.get("run", "") for step in yaml.safe_load(workflow)["jobs"]["gate"]["steps"]]
    (install,) = (line for line in steps if "pip install" in line)
    where = "import digitbench; print(digitbench.__file__)"
    shown = environment.typed(f"{install}\npython -c '{where}'", tmp_path)
    assert shown.splitlines()[-1].startswith(str(tmp_path / "venv"))
    environment.typed("digitbench plugin new tilted", tmp_path)
    package = tmp_path / "digitbench-tilted"
    readme = (package / "README.md").read_text(encoding="utf-8")
    (use, _) = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    lines = [line for line in use.splitlines() if not line.startswith("digitbench run")]
    assert len(lines) == 3
    assert "tilted" in environment.typed("\n".join(lines), package)
    run = "digitbench run --models tilted --dataset digits --trials 1"
    assert "tilted" in environment.typed(run, tmp_path)
    assert sys.executable not in use
