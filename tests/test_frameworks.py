"""Loading TensorFlow: quiet, bound to threads, and honest when it fails.

Each test is a process of its own, because TensorFlow starts once per process.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=clean | environment,
        timeout=120,
    )


@pytest.mark.slow
def test_tensorflow_is_quiet_bound_to_threads_and_refuses_a_change() -> None:
    result = python(
        """
from digitbench import UsageError, load_tensorflow
tf = load_tensorflow(1)
print(tf.config.threading.get_intra_op_parallelism_threads())
print(float(tf.reduce_sum(tf.ones(3))))
print(load_tensorflow(1) is tf)
try:
    load_tensorflow(2)
except UsageError as error:
    print(error)
"""
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[:3] == ["1", "3.0", "True"]
    assert lines[3].startswith("TensorFlow already runs in this process with other than 2 threads")


@pytest.mark.slow
@pytest.mark.parametrize("legacy", [{}, {"TF_USE_LEGACY_KERAS": "0"}])
def test_keras_is_imported_when_it_is_used(legacy: dict[str, str]) -> None:
    result = python(
        """
import os, sys
before = dict(os.environ)
from digitbench import load_tensorflow
tf = load_tensorflow(1)
print("keras" in sys.modules)
print(os.environ.get("TF_USE_LEGACY_KERAS") == before.get("TF_USE_LEGACY_KERAS"))
from tensorflow.keras import layers
print(layers.Dense is tf.keras.layers.Dense, tf.optimizers.Adam.__module__)
""",
        **legacy,
    )
    assert result.returncode == 0, result.stderr
    at_once = bool(legacy)  # the user's own choice stands
    assert result.stdout.splitlines() == [
        str(at_once),
        "True",
        "True keras.src.optimizers.adam",
    ]


def test_what_a_broken_tensorflow_prints_is_kept(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'the native reason\\n')\nraise ImportError('no kernels')\n",
        encoding="utf-8",
    )
    result = python(
        """
import sys
from digitbench import load_tensorflow
try:
    load_tensorflow(1)
except ImportError as error:
    print(error, error.__notes__)
print("still here", file=sys.stderr)
""",
        PYTHONPATH=str(tmp_path),
    )
    assert result.stdout == "no kernels ['the native reason\\n']\n"
    assert result.stderr == "still here\n"


@pytest.mark.slow
def test_the_noise_is_there_for_who_asks() -> None:
    result = python(
        "from digitbench import load_tensorflow; load_tensorflow(1)", TF_CPP_MIN_LOG_LEVEL="0"
    )
    assert result.returncode == 0
    assert "oneDNN" in result.stderr or "cpu_feature_guard" in result.stderr


@pytest.mark.slow
def test_a_process_started_from_one_that_loaded_it_is_quiet_too() -> None:
    result = python(
        "from digitbench import load_tensorflow; load_tensorflow(1)", TF_CPP_MIN_LOG_LEVEL="3"
    )
    assert (result.returncode, result.stderr) == (0, "")
