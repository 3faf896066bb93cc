"""Looks at what digitbench stands on here, and collects what is wrong with it."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from digitbench.datasets.load import default_cache_dir
from digitbench.errors import UsageError
from digitbench.plugins import PluginEntry, load_plugins
from digitbench.report.diagnosis import Finding
from digitbench.runner.environment import describe_environment
from digitbench.runner.environment_probes import (
    dataset_copies,
    has_no_home,
    look_at,
    stale_distributions,
    stored_runs,
    try_frameworks,
    unmet_requirements,
)
from digitbench.runner.machine import Machine, measure
from digitbench.types import DataContext, DatasetSpec, Environment
from digitbench.workflows.health_checks import (
    no_home,
    no_place,
    of_data,
    of_gpus,
    of_machine,
    of_place,
    of_plugins,
    of_runs,
    of_settings,
    of_software,
)


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
    findings = [
        *_of_machine(machine, environment, deep=deep),
        *_of_files(host.datasets, data_dir, runs_dir, offline=offline),
        *of_plugins(host, stale_distributions()),
        *of_settings(config, config_error, environment, os.environ),
    ]
    return findings, machine, environment


def _of_machine(machine: Machine, environment: Environment, *, deep: bool) -> Iterator[Finding]:
    # TensorFlow takes seconds to import: only where there is a GPU that it might not see.
    tried = try_frameworks() if deep else try_frameworks(["tensorflow"] if machine.gpus else [])
    tensorflow = next((found for found in tried if found.name == "tensorflow"), None)
    yield from of_software(environment, unmet_requirements(), tried)
    yield from of_machine(machine, environment)
    yield of_gpus(machine, tensorflow)


def _of_files(
    datasets: Mapping[str, PluginEntry[DatasetSpec]],
    data_dir: Path | None,
    runs_dir: Path,
    *,
    offline: bool,
) -> Iterator[Finding]:

    cache, lack = Path(os.devnull, "digitbench"), ""
    try:
        cache = default_cache_dir()
    except UsageError as error:
        lack = str(error)
    yield no_place("cache", lack) if lack else of_place(look_at("cache", cache))
    if has_no_home():
        yield no_home()
    yield of_place(look_at("runs", runs_dir))
    try:
        yield of_place(look_at("temporary files", Path(tempfile.gettempdir()), sized=False))
    except OSError as error:
        yield no_place("temporary files", error.strerror or str(error))
    context = DataContext(cache, data_dir, offline=True)
    copies = dataset_copies((offer.spec for offer in datasets.values()), context)
    yield from of_data(copies, data_dir, offline=offline)
    yield from of_runs(runs_dir, stored_runs(runs_dir))
