"""Records where a run happened: hardware, versions, and the variables that steer numerics."""

import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from digitbench import __version__
from digitbench.types import Environment, available_cpus

_DISTRIBUTIONS = (
    "digitbench",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-learn-intelex",
    "tensorflow",
    "keras",
    "pluggy",
    "pydantic",
)
_VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_NUM_THREADS",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


def describe_environment(plugin_distributions: Iterable[str] = ()) -> Environment:
    """Describe this machine and the installed versions, those of the plugins included."""
    names = dict.fromkeys((*_DISTRIBUTIONS, *plugin_distributions))
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        processor=_processor(),
        cpus=available_cpus(),
        memory_bytes=psutil.virtual_memory().total,
        versions={name: found for name in names if (found := _version(name))},
        variables={name: os.environ[name] for name in _VARIABLES if name in os.environ},
    )


def _version(distribution: str) -> str | None:
    if distribution == "digitbench":  # metadata of another one may come before it
        return __version__
    try:
        return version(distribution)
    except (PackageNotFoundError, KeyError):  # KeyError: its metadata lack the version
        return None


def _processor() -> str:
    """Return the CPU's name; `platform.processor()` is empty or vague on Linux."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
