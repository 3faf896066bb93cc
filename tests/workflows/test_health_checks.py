"""What a diagnosis says of a machine, of versions, places and variables."""

from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.report.diagnosis import Level
from digitbench.runner.environment import describe_environment
from digitbench.runner.environment_probes import Framework, ProbedPlace, Unmet
from digitbench.runner.machine import ControlGroupLimits, Machine
from digitbench.workflows.health_checks import (
    of_gpus,
    of_machine,
    of_place,
    of_settings,
    of_software,
)

GIB = 1 << 30
QUIET = Machine(
    logical_cpus=8,
    available_cpus=4,
    limits=ControlGroupLimits(),
    memory_bytes=16 * GIB,
    memory_available_bytes=8 * GIB,
    load=0.1,
    busy_cpus=0.0,
    stolen_fraction=0.0,
    gpus=(),
)
ENVIRONMENT = describe_environment().model_copy(update={"variables": {}})


def test_a_quiet_machine_is_well() -> None:
    assert {finding.level for finding in of_machine(QUIET, ENVIRONMENT)} == {Level.OK}


@pytest.mark.parametrize(
    ("machine", "level", "word"),
    [
        (replace(QUIET, busy_cpus=1.2), Level.WARNING, "1.2 processors busy"),
        (replace(QUIET, load=4.5), Level.WARNING, "load 4.5"),
        (replace(QUIET, stolen_fraction=0.1), Level.WARNING, "10%"),
        (replace(QUIET, limits=ControlGroupLimits(cpus=1.5)), Level.WARNING, "1.5 processors"),
        (replace(QUIET, memory_available_bytes=GIB), Level.WARNING, "little"),
        (replace(QUIET, memory_available_bytes=GIB // 4), Level.FAULT, "little"),
        (
            replace(QUIET, limits=ControlGroupLimits(memory_bytes=GIB)),
            Level.WARNING,
            "control group",
        ),
    ],
)
def test_what_is_wrong_with_a_machine(machine: Machine, level: Level, word: str) -> None:
    (bad,) = (found for found in of_machine(machine, ENVIRONMENT) if found.level != Level.OK)
    assert (bad.level, word in bad.text) == (level, True)
    assert bad.advice


def test_a_gpu_that_tensorflow_does_not_see() -> None:
    machine = replace(QUIET, gpus=("GPU 0: NVIDIA H200",))
    blind = Framework("tensorflow", None, ("/physical_device:CPU:0",))
    seeing = Framework("tensorflow", None, ("/physical_device:GPU:0",))
    assert of_gpus(machine, blind).level == Level.WARNING
    assert of_gpus(machine, seeing).level == of_gpus(QUIET, None).level == Level.OK


def test_versions_that_do_not_fit_and_libraries_that_do_not_start() -> None:
    unmet = [Unmet("numpy", "numpy<2.7", "scipy", "3.0"), Unmet("keras", "keras>=3", "x", None)]
    broken = [Framework("tensorflow", "ImportError: no")]
    faults = [f for f in of_software(ENVIRONMENT, unmet, broken) if f.level == Level.FAULT]
    assert [fault.advice for fault in faults] == [
        'pip install "numpy<2.7"',
        'pip install "keras>=3"',
        "pip install --force-reinstall tensorflow",
    ]


@pytest.mark.parametrize(
    ("writable", "free", "level"),
    [
        (True, 9 * GIB, Level.OK),
        (True, GIB // 2, Level.WARNING),
        (True, 1000, Level.FAULT),
        (False, 9 * GIB, Level.FAULT),
        (True, None, Level.OK),
    ],
)
def test_places(writable: bool, free: int | None, level: Level) -> None:
    assert of_place(ProbedPlace("cache", Path("c"), True, writable, free, 10)).level == level


def test_variables_and_secrets() -> None:
    steered = {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    environment = ENVIRONMENT.model_copy(update={"variables": steered})
    variables = {"DIGITBENCH_MLFLOW": "https://me:secret@host/x", "https_proxy": "http://p:w@q"}
    found = list(of_settings(None, None, environment, variables))
    levels = {f.text.partition("=")[0]: f.level for f in found}
    assert levels["OMP_NUM_THREADS"] == Level.OK
    assert levels["TF_ENABLE_ONEDNN_OPTS"] == Level.WARNING
    text = " ".join(finding.text for finding in found)
    assert "secret" not in text
    assert "p:w" not in text
    assert "https_proxy" in text
