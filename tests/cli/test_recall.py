"""What a run knows of itself: every command that takes a run finds its plugin files and data."""

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run

Command = Callable[..., Any]

ROTATED = """
    import numpy as np
    from digitbench import Dataset, DatasetSpec, ExporterSpec, ModelSpec, Split, hookimpl

    class Guess:
        def __init__(self, digit):
            self.digit = digit

        def fit(self, train, validation):
            pass

        def predict(self, images):
            return np.full(len(images), self.digit)

    def load(context):
        if context.data_dir is not None and not (context.data_dir / "here").exists():
            raise ValueError("not the right directory")
        labels = np.arange(40, dtype=np.uint8) % 10
        images = np.full((40, 28, 28), {ink}, np.uint8)
        part = Split(images, labels)
        return Dataset("rotated", part, part, "made for tests")

    def export(record, destination):
        return f"exported {{len(record.results)}} trials"

    @hookimpl
    def digitbench_datasets():
        return [DatasetSpec("rotated", "Rotated", load)]

    @hookimpl
    def digitbench_models():
        return [
            ModelSpec(f"guess{{d}}", "One digit", lambda options, context, d=d: Guess(d))
            for d in (3, 4)
        ]

    @hookimpl
    def digitbench_exporters():
        return [ExporterSpec("own", "The plugin's own", export)]
"""


def write(file: Path, ink: int = 99) -> None:
    file.write_text(textwrap.dedent(ROTATED.format(ink=ink)), encoding="utf-8")
    # Python takes the bytecode of a file that was as long in the same second for that of this one.
    os.utime(file, (ink, ink))


@pytest.fixture
def made(command: Command, workdir: Path) -> Path:
    """Make a run of models and a data set of a plugin file; return the file."""
    file = workdir / "rotated.py"
    write(file)
    (workdir / "data").mkdir()
    (workdir / "data" / "here").touch()
    outcome = command(
        *("run", "-d", "rotated", "-m", "guess3,guess4", "-t", "2", "--engine", "inline"),
        *("--plugin-file", "rotated.py", "--data-dir", "data"),
    )
    assert outcome.code == 0, outcome.err
    return file


COMMANDS = [
    ("report", "--output", "report.html"),
    ("compare", "guess3", "guess4"),
    ("show",),
    ("choose",),
    ("history", "guess3"),
    ("baseline",),
    ("list",),
    ("export", "--to", "own"),
    ("run", "--resume", "-t", "3"),
    ("check", "--run", "latest", "--min-accuracy", "0.01"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_plugin_file_need_be_named_again_wherever_one_is(
    command: Command,
    made: Path,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = command(*words, "--runs-dir", made.parent / "runs")
    assert outcome.code == 0, outcome.err
    assert "warning" not in outcome.err


def test_what_is_recorded_are_absolute_paths(made: Path) -> None:
    plan = read_run(find_run(made.parent / "runs", "latest")).plan
    assert plan.plugin_files == (str(made),)
    assert plan.data_dir == str(made.parent / "data")


def test_digits_are_drawn(command: Command, made: Path) -> None:
    outcome = command("compare", "guess3", "guess4")
    assert "cannot be drawn" not in outcome.err
    assert "░░░" in outcome.out


@pytest.mark.parametrize("words", [COMMANDS[0], COMMANDS[1]], ids=lambda words: words[0])
def test_without_the_file_there_are_figures_and_a_line_that_says_why_no_digits(
    command: Command, made: Path, words: tuple[str, ...]
) -> None:
    made.unlink()
    outcome = command(*words)
    assert outcome.code == 0
    assert outcome.err.count("warning: ") == 1
    assert f"{made}, which the run was made with, is gone" in " ".join(outcome.err.split())


def test_a_file_that_makes_other_data_now_is_noticed(command: Command, made: Path) -> None:
    write(made, ink=11)
    outcome = command("report", "--output", "report.html")
    assert outcome.code == 0
    assert "the digits cannot be drawn: rotated of made for tests has the fingerprint" in " ".join(
        outcome.err.split()
    )


def test_export_takes_its_settings_from_the_config_file(command: Command, made: Path) -> None:
    (made.parent / "runs").rename(made.parent / "elsewhere")
    Path("digitbench.toml").write_text('runs-dir = "elsewhere"\n')
    assert command("export", "--to", "own").out == "exported 4 trials\n"
