"""The plugins, and the models that they offer."""

from collections.abc import Iterable

from digitbench.plugins import PluginEntry, PluginHost, load_plugins
from digitbench.runner.resolve import find_model
from digitbench.types import ModelSpec

__all__ = ["PluginHost", "load_plugins", "select_models"]


def select_models(host: PluginHost, names: Iterable[str]) -> tuple[PluginEntry[ModelSpec], ...]:
    """Return the named models, or all if none is named.

    Raises:
        UsageError: a name is unknown.
    """
    return tuple(find_model(name, host) for name in tuple(names) or tuple(host.models))
