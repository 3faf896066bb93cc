"""`digitbench run`: output, exit codes, and what bad input gets."""

import logging
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def digits() -> tuple[str, ...]:
    """Return the options of a quick run."""
    return ("--dataset", "digits", "--offline", "--threads", "1")


@pytest.fixture
def inline(digits: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options of a quick run that starts no worker process."""
    return (*digits, "--engine", "inline")


def test_a_run_prints_the_comparison_and_keeps_the_run(
    command: Command, digits: tuple[str, ...], plugin_file: PluginFile, workdir: Path
) -> None:
    models = "centroid,centroid[noise=0.5]"
    outcome = command(
        "run", *digits, "-m", models, "-t", "2", "--plugin-file", plugin_file("centroid")
    )
    assert outcome.code == 0
    assert outcome.out.startswith("centroid and centroid noise=0.5 are tied: ")
    data = "digits: 1,442 train / 355 test images, canonical; 2 trials of a model, 1 of the "
    assert f"\n{data}deterministic centroid.\n" in outcome.out
    assert re.search(r"^centroid +91\.27 ± — ", outcome.out, re.MULTILINE)
    assert re.search(r"^centroid\[noise=0\.5\] +\d+\.\d\d ± \d", outcome.out, re.MULTILINE)
    record = read_run(find_run(workdir / "runs", "latest"))
    assert record.id in outcome.err
    assert len(record.results) == 3
    shown = command("show")
    assert shown.out == outcome.out


def test_json_is_all_there_is_on_stdout(
    process: Command, digits: tuple[str, ...], plugin_file: PluginFile
) -> None:
    outcome = process(
        "run", *digits, "-m", "chatty", "--json", "--plugin-file", plugin_file("chatty")
    )
    assert outcome.code == 0
    (model,) = outcome.json["models"]
    assert model["model"] == "chatty"
    assert outcome.json["dataset"]["name"] == "digits"
    assert "chatter at import" in outcome.err
    assert "chatter from a model" in outcome.err


def test_the_trials_table_has_a_row_per_trial(
    command: Command, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    arguments = ("-m", "centroid[noise=0.5]", "-t", "3", "--plugin-file", plugin_file("centroid"))
    outcome = command("run", *inline, *arguments, "--trials-table")
    rows = re.findall(r"^ +(\d) +1,442 +355 +\d", outcome.out, re.MULTILINE)
    assert rows == ["1", "2", "3"]


def test_a_failed_trial_gives_code_3_and_the_other_rows(
    command: Command, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    plugins = [
        part
        for name in ("centroid", "faulty_models")
        for part in ("--plugin-file", plugin_file(name))
    ]
    outcome = command("run", *inline, *plugins, "-m", "nan-probabilities,centroid", "-t", "1")
    assert outcome.code == 3
    assert "nan-probabilities, trial 1 failed: predict_proba returned NaN" in outcome.out
    assert outcome.out.index(" failed: ") < outcome.out.index("Model ")
    assert re.search(r"^centroid +91\.27  ", outcome.out, re.MULTILINE)
    assert "Traceback" not in outcome.out + outcome.err
    debugged = command(
        "run", *inline, *plugins, "-m", "nan-probabilities,centroid", "-t", "1", "--debug"
    )
    assert "Traceback" in debugged.err


def test_a_broken_plugin_is_a_warning_and_code_0(
    command: Command, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    outcome = command(
        "run",
        *inline,
        "--plugin-file",
        plugin_file("raises_on_import"),
        "--plugin-file",
        plugin_file("centroid"),
        "-m",
        "centroid",
    )
    assert outcome.code == 0
    warnings = [line for line in outcome.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "raises_on_import.py: failed to load: RuntimeError: broken at import" in warnings[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "sotfmax"), "there is no model 'sotfmax'; did you mean softmax?"),
        (("-m", "knn[n=3]"), "model 'knn' has no option 'n'; its options: k, weights"),
        (("-m", "knn[k=many]"), "model 'knn', option k=many: Input should be a valid integer"),
        (("-m", "knn[k=3"), "cannot read --models at 'knn[k=3'"),
        (("-m", "knn,knn"), "twice: knn and knn"),
        (("-m", "knn", "-d", "minst"), "there is no data set 'minst'"),
        (("-m", "knn", "-d", "mnist", "--data-dir", "nowhere"), "nowhere"),
        (("-m", "knn", "--data-dir", "nowhere"), "nowhere"),
        (("-m", "knn", "-d", "digits", "--validation", "9999"), "leaves none to train on"),
        (("-m", "knn", "--plugin-file", "nowhere.py"), "nowhere.py does not exist"),
        (("-m", "knn", "-d", "idx"), "--data-dir"),
    ],
)
def test_bad_input_gets_one_line_and_code_2(
    command: Command, workdir: Path, arguments: tuple[str, ...], message: str
) -> None:
    outcome = command("run", "--offline", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not (workdir / "runs").exists()


@pytest.mark.parametrize("arguments", [("--trials", "0"), ("--trials", "x"), ("--nonsense",)])
def test_bad_options_get_code_2(command: Command, arguments: tuple[str, ...]) -> None:
    outcome = command("run", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert arguments[0] in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.slow
def test_debug_shows_the_traceback_of_an_error(process: Command) -> None:
    outcome = process("run", "-m", "nothing", "--debug")
    assert outcome.code == 2
    assert "UsageError" in outcome.err
    assert process("--debug", "run", "-m", "nothing").err.count("UsageError") >= 1


def test_without_data_and_network_the_fallback_is_loud(
    command: Command, plugin_file: PluginFile
) -> None:
    outcome = command(
        *("run", "--offline", "--engine", "inline", "-m", "centroid"),
        *("--plugin-file", plugin_file("centroid")),
    )
    assert outcome.code == 0
    assert "NOT MNIST: this run uses the small bundled data set 'digits'" in outcome.err
    assert "\ndigits: 1,442 train" in outcome.out


def test_a_named_dataset_is_never_swapped(command: Command) -> None:
    for name in ("mnist", "fashion-mnist", "kmnist"):
        outcome = command("run", "--offline", "-d", name, "-m", "knn")
        assert outcome.code == 2
        assert outcome.err.startswith("error: ")
        assert name in outcome.err
        assert outcome.out == ""


SLOW_MODEL = """
import time
import numpy as np
from digitbench import ModelSpec, hookimpl

class Slow:
    def fit(self, train, validation):
        time.sleep(0.2)
    def predict(self, images):
        return np.zeros(len(images), np.uint8)

@hookimpl
def digitbench_models():
    return [ModelSpec(name="slow", summary="Sleeps", build=lambda o, c: Slow())]
"""


def test_ctrl_c_keeps_what_is_finished_and_gives_130(
    workdir: Path, digits: tuple[str, ...]
) -> None:
    Path("slow.py").write_text(SLOW_MODEL, encoding="utf-8")
    line = [sys.executable, "-m", "digitbench", "run", *digits, "-m", "slow", "-t", "500"]
    line += ["--plugin-file", "slow.py"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and not list(Path().glob("runs/*/trials.jsonl")):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=90)
        finally:
            process.kill()  # does nothing to one that has ended
    assert process.returncode == 130, err
    assert b"was interrupted" in out
    assert b"Traceback" not in err
    record = read_run(find_run(Path("runs"), "latest"))
    assert record.status == "interrupted"
    assert 1 <= len(record.results) < 500


def test_on_a_terminal_progress_is_shown_and_then_gone(
    workdir: Path, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    master, slave = pty.openpty()
    line = [sys.executable, "-m", "digitbench", "run", *inline, "-m", "centroid[noise=1]"]
    process = subprocess.Popen(
        [*line, "--plugin-file", str(plugin_file("centroid"))],
        stdout=subprocess.PIPE,
        stderr=slave,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the other end is closed: the process has ended
            break
        if not chunk:
            break
        seen += chunk
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    text = seen.decode()
    assert "centroid[noise=1.0], trial 5: " in text
    assert "mean so far" in text
    assert "centroid noise=1.0, trial 1 " in text  # the bar, not the line after it
    assert "1/5 trials" in text
    assert b"\x1b" not in out


def test_quiet_when_not_a_terminal(
    process: Command, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    arguments = ("-m", "centroid", "--plugin-file", plugin_file("centroid"))
    outcome = process("run", *inline, *arguments)
    (line,) = outcome.err.splitlines()
    assert line.startswith("stored in runs/")
    assert "\x1b" not in outcome.out + outcome.err


@pytest.mark.slow
def test_tensorflow_starts_without_a_word(process: Command, digits: tuple[str, ...]) -> None:
    outcome = process("run", *digits, "-m", "softmax[recipe=paper,iterations=5]", "-t", "1")
    assert outcome.code == 0
    assert re.fullmatch(r"stored in runs/\S+\n", outcome.err), outcome.err


def test_a_warning_is_shown_once_and_loggers_are_left_as_they_were(
    command: Command, inline: tuple[str, ...], plugin_file: PluginFile
) -> None:
    before = list(logging.getLogger("digitbench").handlers)
    plugins = [
        part
        for name in ("bad_tracker", "centroid")
        for part in ("--plugin-file", plugin_file(name))
    ]
    outcome = command("run", *inline, "-m", "centroid[noise=1]", "-t", "3", *plugins)
    assert outcome.code == 0
    assert outcome.err.count("the tracking server is gone") == 1
    assert logging.getLogger("digitbench").handlers == before


@pytest.mark.slow
def test_the_debugger_opens_where_a_trial_failed(
    workdir: Path, plugin_file: Callable[[str], Path]
) -> None:
    line = [sys.executable, "-m", "digitbench", "run", "--dataset", "digits", "--offline", "--pdb"]
    line += ["--models", "raises-in-fit", "--trials", "1", "--jobs", "2", "--timeout", "60"]
    line += ["--plugin-file", str(plugin_file("faulty_models"))]
    outcome = subprocess.run(
        line,
        check=False,
        input="p len(train.labels)\nq\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 3
    assert "RuntimeError: out of luck" in outcome.stderr
    assert "(Pdb) 1442" in outcome.stderr
    assert outcome.stdout.startswith("No model has a trial that succeeded")
    assert read_run(find_run(Path("runs"), "latest")).plan.engine == "inline"
