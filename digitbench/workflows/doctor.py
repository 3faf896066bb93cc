"""Looks at what digitbench stands on here, and collects what is wrong with it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from digitbench.plugins import load_plugins
from digitbench.report.diagnosis import Finding, Level
from digitbench.runner.environment import describe_environment
from digitbench.runner.machine import Machine, measure
from digitbench.types import Environment
from digitbench.workflows.health.hardware import of_gpus, of_machine
from digitbench.workflows.health.places import of_data, of_directories, of_runs
from digitbench.workflows.health.settings import of_settings
from digitbench.workflows.health.software import FRAMEWORKS, of_framework, of_plugins, of_versions


def diagnose(
    runs_dir: Path,
    *,
    data_dir: Path | None = None,
    plugin_files: Sequence[Path] = (),
    offline: bool = False,
    deep: bool = False,
    config: Path | None = None,
    config_error: str | None = None,
) -> tuple[list[Finding], Machine, Environment]:
    """Look at versions, processors, memory, GPUs, disks, data sets, runs, plugins and settings.

    Args:
        runs_dir: where runs are kept.
        data_dir: where data sets are looked for, if the user says so.
        plugin_files: plugins in files.
        offline: whether data sets that are not here could not be had.
        deep: import the frameworks too, each in a process of its own.
        config: the config file in use, if there is one.
        config_error: what is wrong with it.

    Returns:
        The findings, the figures of the machine, and the versions.
    """
    machine = measure()  # first, before this process itself keeps a processor busy
    host = load_plugins(files=plugin_files)
    distributions = (plugin.distribution for plugin in host.plugins)
    environment = describe_environment(name for name in distributions if name)
    datasets = (entry.spec for entry in host.datasets.values())
    findings = [
        *_of_machine(machine, environment, deep=deep),
        *of_directories(runs_dir),
        *of_data(datasets, data_dir, offline=offline),
        *of_runs(runs_dir),
        *of_plugins(host),
        *of_settings(config, config_error, environment, os.environ),
    ]
    return findings, machine, environment


def _of_machine(machine: Machine, environment: Environment, *, deep: bool) -> Iterator[Finding]:
    yield from of_versions(environment)
    # TensorFlow takes seconds to import: only where there is a GPU that it might not see.
    tensorflow = ["tensorflow"] if machine.gpus else []
    devices = None
    for name in FRAMEWORKS if deep else tensorflow:
        finding, seen = of_framework(name)
        yield finding
        if name == "tensorflow" and finding.level is Level.OK:
            devices = seen
    yield from of_machine(machine, environment)
    yield of_gpus(machine.gpus, devices)
