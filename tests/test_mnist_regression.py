"""The regression gate: each model's accuracy on the full 60,000/10,000 images of MNIST.

Needs the MNIST files (`DIGITBENCH_DATA_DIR`, or any place `digitbench data list` finds them) and
some minutes: `pytest -m mnist`. The floors are those digitbench promises; the paper's figures
are those of its two results tables.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.store import find_run, read_run

pytestmark = [pytest.mark.mnist, pytest.mark.timeout(1200)]


def run(
    runs_dir: Path, models: str, trials: int, *, validation: int = 0
) -> dict[str, dict[str, Any]]:
    """Run models on MNIST as a user would; return their rows of the JSON document by label."""
    line = [sys.executable, "-m", "digitbench", "run", "--dataset", "mnist", "--offline", "--json"]
    line += ["--models", models, "--trials", str(trials), "--runs-dir", str(runs_dir)]
    line += ["--validation", str(validation)]
    result = subprocess.run(line, stdout=subprocess.PIPE, check=True)
    document = json.loads(result.stdout)
    assert document["dataset"]["canonical"] is True
    assert document["dataset"]["train_size"] == 60_000 - validation
    assert document["dataset"]["test_size"] == 10_000
    return {row["model"]: row for row in document["models"]}


def test_softmax_reaches_its_floor_and_the_papers_table(tmp_path: Path) -> None:
    rows = run(tmp_path, "softmax,softmax[recipe=paper]", 5)
    assert rows["softmax"]["accuracy_mean"] >= 0.9255
    assert rows["softmax"]["published_accuracy_mean"] == pytest.approx(0.92004)
    paper = rows["softmax[recipe=paper]"]
    assert 0.9175 <= paper["accuracy_mean"] <= 0.9230
    assert paper["accuracy_min"] >= 0.915
    assert paper["accuracy_max"] <= 0.925
    assert paper["accuracy_std"] > 0


def test_knn_and_svm_reach_their_floors(tmp_path: Path) -> None:
    rows = run(tmp_path, "knn[k=3],knn[deskew=true],svm", 1)
    assert rows["knn[k=3]"]["accuracy_mean"] >= 0.9705
    assert rows["knn[deskew=true]"]["accuracy_mean"] >= 0.9800
    assert rows["svm"]["accuracy_mean"] >= 0.9850


def test_short_trainings_of_cnn_reach_their_floors(tmp_path: Path) -> None:
    rows = run(tmp_path, "cnn[recipe=quick],cnn[epochs=1]", 1)
    assert rows["cnn[recipe=quick]"]["accuracy_mean"] >= 0.9880
    assert rows["cnn[epochs=1]"]["accuracy_mean"] >= 0.9900


@pytest.mark.exhaustive  # a training takes minutes where a processor has AVX2 alone
def test_cnn_reaches_its_floor(tmp_path: Path) -> None:
    rows = run(tmp_path, "cnn", 2)
    assert rows["cnn"]["accuracy_min"] >= 0.9940
    assert rows["cnn"]["accuracy_mean"] >= 0.9945


def test_one_seed_gives_one_result_whatever_else_runs(tmp_path: Path) -> None:
    """Short trials of every model: alone, again, and among the others in another order."""
    cnn = "cnn[epochs=1]"
    alone = {model: tmp_path / f"alone-{model}" for model in ("softmax[recipe=paper]", cnn)}
    for model, path in alone.items():
        run(path, model, 2, validation=50_000)
    run(tmp_path / "together", f"knn,{cnn},softmax[recipe=paper]", 2, validation=50_000)
    together = read_run(find_run(tmp_path / "together", "latest"))
    for model, path in alone.items():
        expected = read_run(find_run(path, "latest")).results
        found = [result for result in together.results if result.spec.model == model]
        for one, other in zip(expected, found, strict=True):
            assert one.spec == other.spec
            np.testing.assert_array_equal(one.predictions, other.predictions)
            np.testing.assert_array_equal(one.probabilities, other.probabilities)
