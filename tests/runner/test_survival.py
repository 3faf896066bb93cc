"""A runner that is killed at any moment loses no trial it has told of, and can be resumed."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.store import read_run

KILLS = int(os.environ.get("DIGITBENCH_TEST_KILLS", "8"))
"""How many runs are killed; more find rarer faults."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL as Unix has it"),
    pytest.mark.timeout(60 + 10 * KILLS),
]

FAST_RUN = Path(__file__).parents[1] / "data" / "fast_run.py"


def start(root: Path, plugin: Path, engine: str) -> "subprocess.Popen[str]":
    line = [sys.executable, str(FAST_RUN), str(root), str(plugin), engine]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    return process


def told(process: "subprocess.Popen[str]") -> set[tuple[str, int]]:
    out, _ = process.communicate(timeout=60)
    lines = [line.rpartition(" ") for line in out.splitlines() if line]
    return {(model, int(trial)) for model, _, trial in lines if trial.isdigit()}


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_whenever_it_is_killed_nothing_is_lost(
    engine: str, tmp_path: Path, plugin_file: Callable[[str], Path]
) -> None:
    plugin = plugin_file("centroid")
    process = start(tmp_path / "undisturbed", plugin, engine)
    whole = told(process)
    assert process.returncode == 0
    assert len(whole) == 40
    (path,) = (tmp_path / "undisturbed").iterdir()
    expected = {(r.spec.model, r.spec.trial): r for r in read_run(path).results}
    moments = random.Random(0)
    for kill in range(KILLS):
        root = tmp_path / f"{engine}-{kill}"
        process = start(root, plugin, engine)
        try:
            process.wait(moments.uniform(0, 0.6 if engine == "inline" else 2.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        reported = told(process)
        if not root.exists() or not list(root.glob("*/manifest.json")):
            assert not reported
            continue
        (path,) = (file.parent for file in root.glob("*/manifest.json"))
        there = {(r.spec.model, r.spec.trial) for r in read_run(path).results}
        assert reported <= there
        process = start(root, plugin, engine)
        told(process)
        assert process.returncode == 0
        record = read_run(path)
        assert record.status == "complete"
        assert len(record.results) == 40
        for result in record.results:
            twin = expected[result.spec.model, result.spec.trial]
            assert result.accuracy == twin.accuracy
            np.testing.assert_array_equal(result.predictions, twin.predictions)
