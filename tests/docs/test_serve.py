"""What `docs/serve.md` says of `digitbench serve`."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitbench.cli.serve import DEFAULT_PORT
from digitbench.serve.reading import POOL_THREADS, POOL_WAITING
from digitbench.serve.runs import MOST_ROWS
from digitbench.serve.shelf import MOST_MODELS
from digitbench.serve.uploads import MOST_SECONDS, MOST_UPLOAD_BYTES

Blocks = Callable[[str], list[Any]]
WORDS = {8: "eight"}


def test_its_numbers_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "serve.md").read_text(encoding="utf-8").split())
    for said in (
        f"http://127.0.0.1:{DEFAULT_PORT}/",
        f"{WORDS[MOST_MODELS]} at most",
        f"the newest {MOST_ROWS} runs",
        f"more than {MOST_UPLOAD_BYTES >> 20} MiB",
        f"longer than {MOST_SECONDS:.0f} seconds",
        f"At most {WORDS[POOL_THREADS + POOL_WAITING]} pictures",
    ):
        assert said in page, said


@pytest.mark.slow
def test_its_commands_serve_what_it_says(blocks: Blocks, tmp_path: Path) -> None:
    lines = [line for block in blocks("docs/serve.md") for line in block.text.splitlines()]
    run, *serves = [shlex.split(line)[1:] for line in lines if line.startswith("digitbench")]
    digitbench = [sys.executable, "-m", "digitbench"]
    quickly = ["--dataset", "digits", "--offline", "--threads", "1"]
    small = [word.replace("cnn", "cnn[epochs=1]") for word in run]
    subprocess.run([*digitbench, *small, *quickly], cwd=tmp_path, check=True, capture_output=True)
    for command in serves:
        words = [word for word in command if word != "--open"]
        with subprocess.Popen(
            [*digitbench, *words, "--port", "0"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            local = re.sub(r"//[^/:]+", "//127.0.0.1", url)
            with httpx.Client(trust_env=False) as client:
                client.get(local)
                page = client.get(local.partition("?")[0]).text
            process.send_signal(signal.SIGINT)
        assert process.returncode == 0
        assert page.count("data-model=") == 2
