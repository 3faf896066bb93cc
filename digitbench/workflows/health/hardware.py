"""Processors, threads, memory and graphics processors, and who else uses them."""

from collections.abc import Iterator, Sequence

from digitbench.report import formatting
from digitbench.report.diagnosis import Finding, Level
from digitbench.runner.machine import Machine
from digitbench.types import Environment

_FEW_MEMORY_BYTES = 2 << 30
_NO_MEMORY_BYTES = 1 << 29
_BUSY_CPUS = 0.5
_STOLEN_FRACTION = 0.02


def of_machine(machine: Machine, environment: Environment) -> Iterator[Finding]:
    """Tell of processors, threads and memory, and of who else uses them."""
    usable, limit = machine.available_cpus, machine.limits.cpus
    text = (
        f"{environment.processor}: {usable} of {machine.logical_cpus} processors may be used; "
        f"a trial has {usable} {'thread' if usable == 1 else 'threads'} by default"
    )
    yield Finding("processors", Level.OK, text)
    if limit is not None and limit < usable:
        text = f"a control group, such as a container's, grants {limit:g} processors' worth of time"
        advice = f"--threads {max(1, int(limit))}: more threads only wait for each other"
        yield Finding("processors", Level.WARNING, text, advice)
    yield _others(machine)
    if machine.stolen_fraction is not None and machine.stolen_fraction > _STOLEN_FRACTION:
        text = f"the host of this virtual machine takes {machine.stolen_fraction:.0%} of the time"
        advice = "do not trust times measured now; CPU times suffer less"
        yield Finding("processors", Level.WARNING, text, advice)
    yield _memory(machine)


def of_gpus(gpus: Sequence[str], devices: Sequence[str] | None) -> Finding:
    """Tell of graphics processors, and whether TensorFlow sees them.

    Args:
        gpus: those that the driver names.
        devices: what TensorFlow sees; None if that was not tried, or it does not work.
    """
    seen = [name for name in devices or () if ":GPU:" in name]
    sees = f"TensorFlow sees {', '.join(seen)}"
    if not gpus:
        return Finding("gpu", Level.OK, sees if seen else "no NVIDIA GPU is here")
    named = ", ".join(gpus)
    if devices is None or seen:
        return Finding("gpu", Level.OK, f"{named}; {sees}" if seen else named)
    text = f"{named}; TensorFlow does not see it and uses the processors"
    advice = 'pip install "tensorflow[and-cuda]", and look whether CUDA_VISIBLE_DEVICES hides it'
    return Finding("gpu", Level.WARNING, text, advice)


def _others(machine: Machine) -> Finding:
    """Tell whether other programs leave the processors to us."""
    busy = f"other programs keep {machine.busy_cpus:.1f} processors busy"
    if machine.load is not None:
        busy += f", load {machine.load:.1f}"
    waiting = machine.load is not None and machine.load > machine.available_cpus
    if machine.busy_cpus <= _BUSY_CPUS and not waiting:
        return Finding("processors", Level.OK, busy)
    advice = "end them before you measure: times taken now mean little; accuracies are as ever"
    return Finding("processors", Level.WARNING, busy, advice)


def _memory(machine: Machine) -> Finding:
    limit = machine.limits.memory_bytes
    free, text = machine.memory_available_bytes, formatting.size(machine.memory_bytes)
    if limit is not None and limit < machine.memory_bytes:
        free = min(free, limit)
        text += f", of which a control group grants {formatting.size(limit)}"
    text = f"{text}; {formatting.size(machine.memory_available_bytes)} free"
    if free >= _FEW_MEMORY_BYTES:
        return Finding("memory", Level.OK, text)
    level = Level.FAULT if free < _NO_MEMORY_BYTES else Level.WARNING
    return Finding(
        "memory", level, f"{text}: that is little", "end other programs, and use --jobs 1"
    )
