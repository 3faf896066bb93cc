"""Finds plugins and loads them one by one: installed ones, then single files."""

import importlib.util
import os
import sys
from collections.abc import Collection, Iterable
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from zlib import crc32

from digitbench.distributions import OWN_NAME, own_fault, plugin_distributions
from digitbench.errors import ContractError, UsageError
from digitbench.plugin_host import PluginHost
from digitbench.types.plugins import PluginEntry, PluginFailure, PluginInfo

__all__ = [
    "DISABLE_VARIABLE",
    "PluginEntry",
    "PluginFailure",
    "PluginHost",
    "PluginInfo",
    "load_plugins",
]

DISABLE_VARIABLE = "DIGITBENCH_DISABLE_PLUGINS"


def load_plugins(
    *,
    files: Iterable[Path] = (),
    disabled: Collection[str] | None = None,
    installed: Iterable[EntryPoint] | None = None,
) -> PluginHost:
    """Find and load the plugins.

    digitbench's own distribution comes first, so that nobody takes a name from it; then the
    others by name; then the files.

    Args:
        files: single-file plugins to load as well.
        disabled: names of plugins, or of whole distributions, to leave out; by default those
            in `DIGITBENCH_DISABLE_PLUGINS`, separated by commas.
        installed: entry points to use instead of those of the installed distributions.

    Raises:
        UsageError: a file does not exist. What goes wrong inside a plugin is not raised but
            listed in `PluginHost.failures`.
    """
    if disabled is None:
        names = os.environ.get(DISABLE_VARIABLE, "").split(",")
        disabled = {name.strip() for name in names if name.strip()}
    files = _without_repetition(files)
    host = PluginHost()
    found = _with_infos(_installed(host) if installed is None else installed)
    for info, entry_point in sorted(found, key=_loading_order):
        if info.name in disabled or info.distribution in disabled:
            host.disabled.append(info)
        else:
            host.add(info, entry_point.load)
    for path in files:
        host.add(PluginInfo(str(path)), partial(_load_file, path))
    return host


def _installed(host: PluginHost) -> list[EntryPoint]:
    """Return the entry points of the installed distributions; note what is wrong with these."""
    found = plugin_distributions()
    for distribution in found:
        if distribution.fault is not None:
            host.failures.append(PluginFailure(PluginInfo(distribution.name), distribution.fault))
    if all(distribution.name != OWN_NAME for distribution in found):
        host.failures.append(PluginFailure(PluginInfo(OWN_NAME), own_fault()))
    return [entry_point for distribution in found for entry_point in distribution.entry_points]


def _with_infos(entry_points: Iterable[EntryPoint]) -> list[tuple[PluginInfo, EntryPoint]]:
    """Return entry points with what is known of their plugins.

    The metadata of a distribution are read once: each look at them parses its whole README.
    """
    read: dict[int, tuple[str, str]] = {}
    found = []
    for entry_point in entry_points:
        distribution = entry_point.dist
        if distribution is None:
            found.append((PluginInfo(entry_point.name), entry_point))
            continue
        if id(distribution) not in read:
            metadata = distribution.metadata
            read[id(distribution)] = metadata["Name"], metadata["Version"]
        found.append((PluginInfo(entry_point.name, *read[id(distribution)]), entry_point))
    return found


def _loading_order(plugin: tuple[PluginInfo, EntryPoint]) -> tuple[bool, str, str]:
    info, entry_point = plugin
    distribution = info.distribution or ""
    return (distribution != OWN_NAME, distribution, entry_point.name)


def _without_repetition(files: Iterable[Path]) -> list[Path]:
    """Return each file once, as it is first written.

    Raises:
        UsageError: one does not exist.
    """
    found: dict[Path, Path] = {}
    for file in files:
        if not file.is_file():
            raise UsageError(f"plugin file {file} does not exist")
        found.setdefault(file.resolve(), file)
    return list(found.values())


def _load_file(path: Path) -> ModuleType:
    """Import a plugin from a file, under a name that no installed module has."""
    path = path.resolve()
    name = f"digitbench_plugin_file_{path.stem}_{crc32(str(path).encode()):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ContractError("not a Python file (its name must end in .py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic looks the module up to resolve annotations
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
