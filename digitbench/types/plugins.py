"""Plugins and what they offer, as records."""

from dataclasses import dataclass
from typing import Generic, TypeVar

SpecT = TypeVar("SpecT")


@dataclass(frozen=True)
class PluginInfo:
    """Where a plugin comes from.

    Attributes:
        name: its entry point's name, or the file it was loaded from.
        distribution: the installed distribution it belongs to; None for a file.
        version: that distribution's version.
    """

    name: str
    distribution: str | None = None
    version: str | None = None

    def __str__(self) -> str:
        if self.distribution is None:
            return self.name
        return f"{self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class PluginFailure:
    """A plugin, or one of its records, that was left out.

    Attributes:
        plugin: which one.
        reason: why, in one line.
        hook: the hook that was to give the record; empty if it is the whole plugin.
    """

    plugin: PluginInfo
    reason: str
    hook: str = ""

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.reason}"


@dataclass(frozen=True)
class PluginEntry(Generic[SpecT]):
    """A record that a plugin offers, with the plugin."""

    spec: SpecT
    plugin: PluginInfo
