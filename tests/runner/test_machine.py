"""What is measured of a machine."""

from pathlib import Path

import pytest

from digitbench.runner.machine import ControlGroupLimits, control_group_limits, measure


def _group(path: Path, cpu: str, memory: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    (path / "cpu.max").write_text(cpu)
    (path / "memory.max").write_text(memory)


def test_the_strictest_limit_on_the_way_up_counts(tmp_path: Path) -> None:
    root, own = tmp_path / "cgroup", tmp_path / "own"
    _group(root, "max 100000\n", "max\n")
    _group(root / "a", "150000 100000\n", "max\n")
    _group(root / "a" / "b", "400000 100000\n", "1073741824\n")
    own.write_text("1:cpu:/elsewhere\n0::/a/b\n")
    assert control_group_limits(root, own) == ControlGroupLimits(1.5, 1 << 30)
    own.write_text("0::/\n")
    assert control_group_limits(root, own) == ControlGroupLimits(None, None)


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert control_group_limits(tmp_path / "none", tmp_path / "none") == ControlGroupLimits()


def test_a_measurement_is_within_reason() -> None:
    found = measure(look_seconds=0.05)
    assert 1 <= found.available_cpus <= found.logical_cpus
    assert 0 <= found.busy_cpus <= found.logical_cpus + 0.01
    assert found.stolen_fraction is None or 0 <= found.stolen_fraction <= 1
    assert 0 < found.memory_available_bytes <= found.memory_bytes


def test_gpus_are_named_without_serial_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-123)'\n")
    program.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(program))
    assert measure(look_seconds=0.01).gpus == ("GPU 0: NVIDIA H200",)
    program.write_text("#!/bin/sh\nexit 9\n")
    assert measure(look_seconds=0.01).gpus == ()
