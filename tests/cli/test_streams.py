"""Streams that are closed, full, left by their reader, or of another encoding, for every command.

Results, log and exit code each do their own duty: what happens to one stream changes neither what
the other says nor whether a gate lets pass.
"""

import codecs
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digitbench.cli.streams import readable

Process = Callable[..., Any]

RUN = "run --dataset digits --offline --trials 1 -m centroid --plugin-file {centroid}"
COMMANDS = {
    "--help": 0,
    "--version": 0,
    "run --help": 0,
    "models": 0,
    "models --json": 0,
    "list": 0,
    "list --json": 0,
    "show": 0,
    "show --trials-table": 0,
    "show --json": 0,
    "compare centroid 'centroid[noise=0.5]' --offline": 0,
    "compare centroid 'centroid[noise=0.5]' --offline --json": 0,
    "history centroid": 0,
    "history centroid --json": 0,
    "choose": 0,
    "choose --json": 0,
    "report --format md": 0,
    "report --format csv": 0,
    "report --format json": 0,
    "report --format latex": 0,
    "report --offline --output -": 0,
    "baseline": 0,
    "check --run latest --min-accuracy 0.1": 0,
    "check --run latest --min-accuracy 0.1 --json": 0,
    "check --run latest --min-accuracy 1 --on-inconclusive fail": 1,
    "check --run latest --min-accuracy 1 --on-inconclusive fail --json": 1,
    "data list": 0,
    "data list --json": 0,
    "data verify": 0,
    "doctor": 0,
    "doctor --json": 0,
    "plugin check centroid --plugin-file {centroid}": 3,  # it needs an image of each digit
    "export --to file --destination exported.json --plugin-file {exporters}": 0,
    f"{RUN} --dry-run": 0,
    f"{RUN} --engine inline": 0,
    f"{RUN} --engine inline --json": 0,
    f"{RUN} --json": 0,
}
"""Command lines, and how they end where nothing is wrong with the streams."""


@dataclass(frozen=True)
class Streams:
    """What a process is started with.

    Attributes:
        stdout, stderr: `kept` (what is written there is read), `closed`, `full`, or `left` by
            its reader.
        encoding: of the streams; None for UTF-8.
        posix: whether the locale is POSIX, and Python's UTF-8 mode off.
        stdin: whether there is one.
    """

    stdout: str = "kept"
    stderr: str = "kept"
    encoding: str | None = None
    posix: bool = False
    stdin: bool = True


STREAMS = {
    "stdout closed": Streams(stdout="closed"),
    "stdout full": Streams(stdout="full"),
    "stdout left": Streams(stdout="left"),
    "stderr closed": Streams(stderr="closed"),
    "stderr full": Streams(stderr="full"),
    "stderr left": Streams(stderr="left"),
    "both left": Streams(stdout="left", stderr="left"),
    "none": Streams(stdout="closed", stderr="closed", stdin=False),
    "stdin closed": Streams(stdin=False),
    "ascii": Streams(encoding="ascii"),
    "cp1252": Streams(encoding="cp1252"),
    "latin-1": Streams(encoding="latin-1"),
    "POSIX": Streams(posix=True),
}
QUICK = (
    ("check --run latest --min-accuracy 1 --on-inconclusive fail", "stdout left"),
    ("check --run latest --min-accuracy 1 --on-inconclusive fail", "stdout full"),
    ("show", "POSIX"),
    ("baseline", "stdout closed"),
    (f"{RUN} --engine inline", "stderr left"),
    (f"{RUN} --engine inline", "none"),
)


@pytest.fixture
def start(stored: Path, workdir: Path, plugin_file: Callable[[str], Path]) -> Process:
    """Return a function that runs a command with some streams."""

    def run(command: str, streams: Streams) -> "subprocess.CompletedProcess[bytes]":
        files = {name: plugin_file(name) for name in ("centroid", "exporters")}
        words = shlex.split(command.format(**files))
        runs_dir = workdir / "runs" if words[0] == "run" else stored
        environment = os.environ | {"DIGITBENCH_RUNS_DIR": str(runs_dir)}
        if streams.encoding:
            environment["PYTHONIOENCODING"] = streams.encoding
        if streams.posix:
            environment |= {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        closed = "<&- " * (not streams.stdin)
        closed += ">&- " * (streams.stdout == "closed") + "2>&-" * (streams.stderr == "closed")
        line = ["bash", "-c", f'exec "$@" {closed}', "bash", sys.executable, "-m", "digitbench"]
        stdout, stderr = _opened(streams.stdout), _opened(streams.stderr)
        try:
            return subprocess.run(
                [*line, *words],
                env=environment,
                check=False,
                timeout=250,
                stdout=stdout,
                stderr=stderr,
            )
        finally:
            for descriptor in (stdout, stderr):
                if descriptor >= 0:
                    os.close(descriptor)

    return run


def _opened(kind: str) -> int:
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY)
    if kind == "left":
        reading, writing = os.pipe()
        os.close(reading)
        return writing
    return subprocess.PIPE


def _judge(start: Process, command: str, streams: Streams, workdir: Path) -> None:
    ended = start(command, streams)
    said = ended.stderr or b""
    expected = COMMANDS[command]
    assert ended.returncode == (expected or 2 if streams.stdout == "full" else expected), said
    assert b"Traceback" not in said
    if streams.stdout == "full" and streams.stderr == "kept":
        assert said.count(b"error: ") == 1
        assert b"error: the results could not be written to stdout: No space left" in said
    if streams.stdout == "kept":
        assert ended.stdout
        if "--json" in command or command in {"baseline", "report --format json"}:
            json.loads(ended.stdout)
        elif streams.encoding:
            _read(ended.stdout, command, streams.encoding)
    if command.startswith(RUN) and "--dry-run" not in command:
        (manifest,) = (workdir / "runs").glob("*/manifest.json")
        assert json.loads(manifest.read_bytes())["status"] == "complete"


def _read(written: bytes, command: str, encoding: str) -> None:
    """Read what a command wrote; files are UTF-8 whatever the stream is."""
    text = written.decode("utf-8" if command.startswith("report") else encoding)
    assert not re.search(r"\\u[0-9a-f]{4}", text)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the devices of Linux")
@pytest.mark.parametrize(("command", "streams"), QUICK)
def test_results_log_and_exit_code_do_their_own_duty(
    command: str, streams: str, start: Process, workdir: Path
) -> None:
    _judge(start, command, STREAMS[streams], workdir)


def _all() -> Iterator[Any]:
    """Yield every command with every stream: a sixth of them slow, in which each has its turns."""
    for row, command in enumerate(COMMANDS):
        for column, streams in enumerate(STREAMS):
            mark = pytest.mark.exhaustive if (row - column) % 6 else pytest.mark.slow
            yield pytest.param(command, streams, marks=mark)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the devices of Linux")
@pytest.mark.parametrize(("command", "streams"), list(_all()))
def test_every_command_with_every_stream(
    command: str, streams: str, start: Process, workdir: Path
) -> None:
    _judge(start, command, STREAMS[streams], workdir)


NOISY = """
import atexit, os, subprocess, sys
print("printed on import")
os.write(1, b"written by C\\n")
subprocess.run(["echo", "a program"], check=True)
atexit.register(lambda: print("printed at the end"))
"""


@pytest.mark.parametrize("command", ["models --json", f"{RUN} --engine inline --json"])
def test_nothing_but_results_comes_on_stdout(
    command: str, process: Process, workdir: Path, plugin_file: Callable[[str], Path]
) -> None:
    Path("noisy.py").write_text(NOISY, encoding="utf-8")
    words = shlex.split(command.format(centroid=plugin_file("centroid")))
    outcome = process(*words, "--plugin-file", "noisy.py")
    assert outcome.json
    for line in ("printed on import", "written by C", "a program", "printed at the end"):
        assert line in outcome.err


def test_python_may_print_when_it_starts(
    process: Process, workdir: Path, plugin_file: Callable[[str], Path]
) -> None:
    site = workdir / "site"
    site.mkdir()
    code = "import sys; print('hello'); print(sys.stdin.read())"
    (site / "sitecustomize.py").write_text(code, encoding="utf-8")
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTHONPATH": path, "PYTHONUNBUFFERED": ""}
    line = shlex.split(f"{RUN} --json".format(centroid=plugin_file("centroid")))
    outcome = process(*line, environment=variables)
    assert outcome.code == 0, outcome.err
    assert outcome.json["status"] == "complete"


def test_what_a_stream_cannot_encode_is_spelled() -> None:
    def spelled(text: str, encoding: str) -> str:
        shown = text.encode(encoding, "digitbench.test")
        return shown.decode(encoding)

    codecs.register_error("digitbench.test", readable)
    assert spelled("95 ± 1 %, 3 µs → é ő", "ascii") == "95 +/- 1 %, 3 us -> e o"
    assert spelled("20\N{EN DASH}30", "ascii") == "20-30"
    assert spelled("± é ő → 数 \N{GRINNING FACE}\udc80", "cp1252") == r"± é o -> \u6570 ?\udc80"
    assert spelled("█▓▀▄░ ▁▂▃▄▅▆▇█", "latin-1") == '#%"=. _.-=+*%#'
