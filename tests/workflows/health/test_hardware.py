"""What a diagnosis says of processors, memory and graphics processors."""

from dataclasses import replace

import pytest

from digitbench.report.diagnosis import Level
from digitbench.runner.environment import describe_environment
from digitbench.runner.machine import ControlGroupLimits, Machine
from digitbench.workflows.health.hardware import of_gpus, of_machine

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
    gpus = ("GPU 0: NVIDIA H200",)
    blind, seeing = ("/physical_device:CPU:0",), ("/physical_device:GPU:0",)
    assert of_gpus(gpus, blind).level == Level.WARNING
    for names, devices in ((gpus, seeing), (gpus, None), ((), seeing), ((), None)):
        assert of_gpus(names, devices).level == Level.OK
