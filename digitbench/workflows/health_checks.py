"""What `digitbench doctor` finds, in words: what is well, what is not, and what to do about it."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from digitbench.distributions import OWN_NAME
from digitbench.plugins import PluginHost
from digitbench.report import formatting
from digitbench.report.diagnosis import Finding, Level
from digitbench.runner.environment_probes import (
    DatasetCopy,
    Framework,
    ProbedPlace,
    StoredRuns,
    Unmet,
)
from digitbench.runner.machine import Machine
from digitbench.types import Environment

_FEW_MEMORY_BYTES = 2 << 30
_NO_MEMORY_BYTES = 1 << 29
_FEW_DISK_BYTES = 1 << 30
_NO_DISK_BYTES = 50 << 20
_BUSY_CPUS = 0.5
_STOLEN_FRACTION = 0.02

_THREAD_VARIABLES = {
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
}
_INSTALL = "install digitbench again, or remove the directory that is named"
_UPDATE = "update it, or tell the plugin's author"
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def of_software(
    environment: Environment, unmet: Iterable[Unmet], frameworks: Iterable[Framework]
) -> Iterator[Finding]:
    """Tell of Python, the libraries' versions, and whether they fit together and work."""
    yield Finding("software", Level.OK, f"Python {environment.python} ({sys.executable})")
    versions = ", ".join(f"{name} {found}" for name, found in environment.versions.items())
    yield Finding("software", Level.OK, versions)
    for lack in unmet:
        have = f"{lack.distribution} {lack.found}" if lack.found else f"no {lack.distribution}"
        yield Finding(
            "software",
            Level.FAULT,
            f"there is {have}, and {lack.needed_by} needs {lack.needed}",
            f'pip install "{lack.needed}"',
        )
    for framework in frameworks:
        if framework.error is None:
            yield Finding("software", Level.OK, f"{framework.name} can be imported")
        else:
            yield Finding(
                "software",
                Level.FAULT,
                f"{framework.name} does not work: {framework.error}",
                f"pip install --force-reinstall {framework.name}",
            )


def of_machine(machine: Machine, environment: Environment) -> Iterator[Finding]:
    """Tell of processors, threads and memory, and of who else uses them."""
    usable, limit = machine.available_cpus, machine.limits.cpus
    text = (
        f"{environment.processor}: {usable} of {machine.logical_cpus} processors may be used; "
        f"a trial has {usable} {'thread' if usable == 1 else 'threads'} by default"
    )
    yield Finding("processors", Level.OK, text)
    if limit is not None and limit < usable:
        yield Finding(
            "processors",
            Level.WARNING,
            f"a control group, such as a container's, grants {limit:g} processors' worth of time",
            f"--threads {max(1, int(limit))}: more threads only wait for each other",
        )
    yield _others(machine)
    if machine.stolen_fraction is not None and machine.stolen_fraction > _STOLEN_FRACTION:
        yield Finding(
            "processors",
            Level.WARNING,
            f"the host of this virtual machine takes {machine.stolen_fraction:.0%} of the time",
            "do not trust times measured now; CPU times suffer less",
        )
    yield _memory(machine)


def of_gpus(machine: Machine, tensorflow: Framework | None) -> Finding:
    """Tell of graphics processors, and whether TensorFlow sees them.

    Args:
        machine: as it was measured.
        tensorflow: what came of importing it; None if that was not tried.
    """
    seen = [name for name in (tensorflow.devices if tensorflow else ()) if ":GPU:" in name]
    if not machine.gpus:
        text = "TensorFlow sees " + ", ".join(seen) if seen else "no NVIDIA GPU is here"
        return Finding("gpu", Level.OK, text)
    named = ", ".join(machine.gpus)
    if tensorflow is None or seen:
        used = f"; TensorFlow sees {', '.join(seen)}" if seen else ""
        return Finding("gpu", Level.OK, named + used)
    return Finding(
        "gpu",
        Level.WARNING,
        f"{named}; TensorFlow does not see it and uses the processors",
        'pip install "tensorflow[and-cuda]", and look whether CUDA_VISIBLE_DEVICES hides it',
    )


def of_place(place: ProbedPlace) -> Finding:
    """Tell whether a directory can be written, and how much space it has."""
    size = f", {formatting.size(place.size_bytes)}" if place.size_bytes else ""
    free = "" if place.free_bytes is None else f", {formatting.size(place.free_bytes)} free"
    there = "" if place.exists else " (not there yet)"
    text = f"{place.what} in {place.path}{there}{size}{free}"
    if not place.writable:
        return Finding(
            "disk", Level.FAULT, f"{text}: cannot be written", _OTHER_PLACE.get(place.what, "")
        )
    if place.free_bytes is not None and place.free_bytes < _FEW_DISK_BYTES:
        level = Level.FAULT if place.free_bytes < _NO_DISK_BYTES else Level.WARNING
        advice = f"make space, or {_OTHER_PLACE.get(place.what, '')}"
        return Finding("disk", level, f"{text}: that is little", advice)
    return Finding("disk", Level.OK, text)


def no_place(what: str, reason: str) -> Finding:
    """Tell of a directory that cannot even be named."""
    return Finding("disk", Level.FAULT, f"{what}: {reason}", _OTHER_PLACE[what])


def no_home() -> Finding:
    """Tell of a user without a home directory, as in some containers."""
    return Finding(
        "disk",
        Level.WARNING,
        "this user has no home directory: what is kept there else may be lost or slow",
        "set HOME to a directory that can be written, or DIGITBENCH_CACHE_DIR alone",
    )


def of_data(
    copies: Iterable[DatasetCopy], data_dir: Path | None, *, offline: bool
) -> Iterator[Finding]:
    """Tell which data sets are here and whether their copies are right."""
    if data_dir is not None and not data_dir.is_dir():
        yield Finding(
            "data",
            Level.FAULT,
            f"the data directory {data_dir} is no directory",
            "name another with --data-dir, or unset DIGITBENCH_DATA_DIR",
        )
    absent = []
    for copy in copies:
        if copy.cached == "damaged":
            yield Finding(
                "data",
                Level.WARNING,
                f"{copy.name}: its arrays in the cache are not those of the published data",
                "digitbench data verify says more; the next run makes a damaged entry anew",
            )
        elif copy.present:
            checked = "; fingerprint right" if copy.cached == "good" else ""
            yield Finding("data", Level.OK, f"{copy.name}: {copy.where}{checked}")
        elif copy.name == "mnist":
            yield _no_mnist(offline=offline)
        elif copy.present is False:
            absent.append(copy.name)
    if absent:
        yield Finding("data", Level.OK, f"not here: {', '.join(absent)}")


def of_runs(root: Path, runs: StoredRuns) -> Iterator[Finding]:
    """Tell of the stored runs, and which of them are damaged or not finished."""
    read = f", the newest {runs.read} of which were read" if runs.read < runs.count else ""
    yield Finding("runs", Level.OK, f"{runs.count:,} in {root}{read}")
    if runs.unfinished:
        named = ", ".join(runs.unfinished[:3])
        more = " and others" if len(runs.unfinished) > 3 else ""  # noqa: PLR2004 (those named)
        text = f"{len(runs.unfinished)} not finished: {named}{more}"
        yield Finding("runs", Level.OK, text, "digitbench run --resume RUN completes one")
    for name, reason in runs.damaged.items():
        yield Finding(
            "runs", Level.WARNING, f"{name} is damaged: {reason}", "move it away, or delete it"
        )


def of_plugins(host: PluginHost, stale: Iterable[str] = ()) -> Iterator[Finding]:
    """Tell which plugins are loaded, and why others are not.

    Args:
        host: the plugins.
        stale: where metadata of another digitbench than the one that is running lie.
    """
    named = ", ".join(map(str, host.plugins)) or "none"
    yield Finding("plugins", Level.OK, f"{len(host.plugins)} loaded: {named}")
    if host.disabled:
        left_out = ", ".join(map(str, host.disabled))
        yield Finding("plugins", Level.OK, f"left out by DIGITBENCH_DISABLE_PLUGINS: {left_out}")
    for place in stale:
        yield Finding(
            "plugins",
            Level.WARNING,
            f"{place} is what another installation of digitbench has left",
            "remove it: tools that read versions may take it for this one",
        )
    for failure in host.failures:
        if failure.plugin.name == OWN_NAME:  # nothing can be run
            yield Finding("plugins", Level.FAULT, failure.reason, _INSTALL)
        else:
            yield Finding("plugins", Level.WARNING, str(failure), _UPDATE)


def of_settings(
    config: Path | None,
    config_error: str | None,
    environment: Environment,
    variables: Mapping[str, str],
) -> Iterator[Finding]:
    """Tell where settings come from, and which variables steer what is measured.

    Args:
        config: the config file in use.
        config_error: what is wrong with it, in one line.
        environment: with the variables that steer numerics.
        variables: all environment variables.
    """
    if config_error is not None:
        yield Finding("settings", Level.FAULT, config_error, "mend it: every command stops there")
    else:
        yield Finding("settings", Level.OK, f"config file: {config or 'none'}")
    ours = {name: value for name, value in variables.items() if name.startswith("DIGITBENCH_")}
    if ours:
        named = ", ".join(f"{name}={_shown(value)}" for name, value in sorted(ours.items()))
        yield Finding("settings", Level.OK, named)
    for name, value in environment.variables.items():
        yield _variable(name, value)
    if proxies := [name for name in _PROXIES if variables.get(name)]:
        text = f"downloads go through a proxy ({', '.join(proxies)} set)"
        yield Finding("settings", Level.OK, text)


def _shown(value: str) -> str:
    """Write a variable's value, without the password that an address may have."""
    return re.sub(r"//[^/@]*@", "//***@", value)


_OTHER_PLACE = {
    "cache": "name another place in DIGITBENCH_CACHE_DIR",
    "runs": "name another place with --runs-dir or DIGITBENCH_RUNS_DIR",
    "temporary files": "name another place in TMPDIR",
}


def _others(machine: Machine) -> Finding:
    """Tell whether other programs leave the processors to us."""
    busy = f"other programs keep {machine.busy_cpus:.1f} processors busy"
    if machine.load is not None:
        busy += f", load {machine.load:.1f}"
    waiting = machine.load is not None and machine.load > machine.available_cpus
    if machine.busy_cpus > _BUSY_CPUS or waiting:
        return Finding(
            "processors",
            Level.WARNING,
            busy,
            "end them before you measure: times taken now mean little; accuracies are as ever",
        )
    return Finding("processors", Level.OK, busy)


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


def _no_mnist(*, offline: bool) -> Finding:
    advice = "digitbench data fetch mnist, or name the directory of its files with --data-dir"
    if offline:
        advice += "; settings say offline"
    return Finding(
        "data",
        Level.WARNING,
        "mnist is not here: a run would download it, or else take the bundled digits",
        advice,
    )


def _variable(name: str, value: str) -> Finding:
    set_to = f"{name}={value}"
    if name in _THREAD_VARIABLES:
        text = f"{set_to}: workers get --threads instead; it counts for --engine inline alone"
        return Finding("settings", Level.OK, text)
    return Finding(
        "settings",
        Level.WARNING,
        f"{set_to} is set, which can change predictions and times",
        "unset it unless it is meant; it is stored with every run",
    )
