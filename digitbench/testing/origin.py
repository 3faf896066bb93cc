"""Where a model comes from, so that another process can load its plugin, and nothing else."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from digitbench.distributions import ENTRY_POINT_GROUP, plugin_distributions
from digitbench.plugins import PluginHost, load_plugins
from digitbench.types import ModelSpec

_HOOK = "digitbench_models"


@dataclass(frozen=True)
class Origin:
    """The plugin of a model.

    Attributes:
        modules: names and values of the entry points that load it.
        files: its file, if it is a single one that cannot be imported by name.
        directories: those of its package, which it may write to.
    """

    modules: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    directories: tuple[str, ...]

    def load(self) -> PluginHost:
        """Load the plugin alone."""
        installed = [EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in self.modules]
        return load_plugins(files=map(Path, self.files), disabled=(), installed=installed)


def find_origin(spec: ModelSpec) -> Origin | None:
    """Find the plugin that a model's `build` belongs to; None if no module around it is one."""
    build: object = spec.build
    while isinstance(build, functools.partial):
        build = build.func
    name = getattr(build, "__module__", None) or type(build).__module__
    package = name.partition(".")[0]
    directories = tuple(getattr(sys.modules.get(package), "__path__", ()))
    installed = tuple(
        (entry_point.name, entry_point.value)
        for distribution in plugin_distributions()
        for entry_point in distribution.entry_points
        if entry_point.module.partition(".")[0] == package
    )
    if installed:
        return Origin(installed, (), directories)
    while name:
        module = sys.modules.get(name)
        if hasattr(module, _HOOK):
            if directories:
                return Origin(((package, name),), (), directories)
            file = getattr(module, "__file__", None)
            return Origin((), (file,), ()) if file else None
        name = name.rpartition(".")[0]
    return None
