"""The plugins, and the models and test sets that they offer."""

from collections.abc import Iterable

from digitbench.errors import UsageError
from digitbench.plugins import PluginEntry, PluginHost, load_plugins
from digitbench.runner.resolve import find_model, find_test_set
from digitbench.types import ModelSpec, TestSetSpec

__all__ = ["PluginHost", "load_plugins", "select_models", "select_test_sets"]


def select_models(host: PluginHost, names: Iterable[str]) -> tuple[PluginEntry[ModelSpec], ...]:
    """Return the named models, or all if none is named.

    Raises:
        UsageError: a name is unknown.
    """
    return tuple(find_model(name, host) for name in tuple(names) or tuple(host.models))


def select_test_sets(
    host: PluginHost, names: Iterable[str]
) -> tuple[PluginEntry[TestSetSpec], ...]:
    """Return the named test sets, or all if none is named.

    Raises:
        UsageError: a name is unknown, or a data set's.
    """
    names = tuple(names)
    for name in names:
        if name in host.datasets and name not in host.test_sets:
            raise UsageError(
                f"'{name}' is a data set, whose test images are a test set without options: "
                "`digitbench data list` has more of it"
            )
    return tuple(find_test_set(name, host) for name in names or tuple(host.test_sets))
