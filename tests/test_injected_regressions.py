"""Real faults in the models that come along are caught by the gate, with the images named."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FAULTS = ("half the data", "wrong label map", "off-by-one scaling")


@pytest.fixture
def digitbench(tmp_path: Path, plugin_file: Callable[[str], Path]) -> Callable[..., Any]:
    """Return a function that runs a command with a fault, and returns its exit code and output."""

    def run(*arguments: str, fault: str | None = None) -> tuple[int, str]:
        command = [sys.executable, "-m", "digitbench", *arguments, "--runs-dir", str(tmp_path)]
        if arguments[0] != "baseline":
            command += ["--offline", "--plugin-file", str(plugin_file("regressions"))]
        shown = subprocess.run(
            command,
            env=os.environ | ({"FAULT": fault} if fault else {}),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
        return shown.returncode, shown.stdout

    return run


def check_catches(
    digitbench: Callable[..., Any],
    folder: Path,
    models: str,
    faults: tuple[str, ...],
    trials: tuple[int, int],
    *data: str,
) -> None:
    """Make a baseline, see the sound models pass with other seeds, and the faulty ones fail."""
    then, now = map(str, trials)
    assert digitbench("run", "-m", models, "-t", then, *data)[0] == 0
    file = folder / "baseline.json"
    file.write_text(digitbench("baseline")[1], encoding="utf-8")
    check = ("check", "--baseline", str(file), "--json", "-t", now, "--seed", "1")
    code, printed = digitbench(*check)
    assert code == 0, printed
    for fault in faults:
        code, printed = digitbench(*check, fault=fault)
        assert code == 1, fault
        document = json.loads(printed)
        drops = {g["model"]: g["outcome"] for g in document["gates"] if g["kind"] == "drop"}
        assert set(drops.values()) == {"fail"}, (fault, drops)
        for model in document["models"]:
            assert model["became_wrong"], (fault, model["model"])


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "models",
    [
        pytest.param("tested-knn,tested-svm", marks=pytest.mark.slow),
        pytest.param("tested-softmax,tested-softmax[recipe=paper]", marks=pytest.mark.exhaustive),
    ],
)
def test_faults_in_the_classical_models(
    digitbench: Callable[..., Any], tmp_path: Path, models: str
) -> None:
    check_catches(digitbench, tmp_path, models, FAULTS, (6, 4), "-d", "digits")


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train on the first 5,000 images, in which the gate's trials take minutes."""
    monkeypatch.setenv("TRAIN_IMAGES", "5000")


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("few_images")
def test_faults_in_the_network(digitbench: Callable[..., Any], tmp_path: Path) -> None:
    check_catches(digitbench, tmp_path, "tested-cnn[epochs=4]", FAULTS, (3, 3), "-d", "mnist")


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("few_images")
def test_the_network_without_its_augmentation(
    digitbench: Callable[..., Any], tmp_path: Path
) -> None:
    """A training long enough to overfit so few images: in a short one augmentation is no gain."""
    faults = ("lost augmentation",)
    check_catches(digitbench, tmp_path, "tested-cnn[epochs=30]", faults, (5, 4), "-d", "mnist")
