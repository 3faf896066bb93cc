"""Data sets: where each would come from, fetching one, and verifying the copies that are here."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.datasets.load import LoadedDataset, default_cache_dir, load_dataset
from digitbench.datasets.status import DatasetStatus, Verification, dataset_status, verify
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.resolve import find_dataset
from digitbench.types import DataContext
from digitbench.workflows.messages import Messages


def dataset_statuses(host: PluginHost, data_dir: Path | None) -> list[DatasetStatus]:
    """Say of each data set where it would come from now; nothing is downloaded.

    Args:
        host: the plugins.
        data_dir: the only directory to look in, if there is one.
    """
    context = DataContext(default_cache_dir(), data_dir)
    return [dataset_status(offer.spec, context) for offer in host.datasets.values()]


def fetch_dataset(
    name: str,
    messages: Messages,
    *,
    data_dir: Path | None = None,
    offline: bool = False,
    plugin_files: Sequence[Path] = (),
    context: DataContext | None = None,
) -> LoadedDataset:
    """Find or download a data set, check it, and prepare it for later runs.

    Args:
        name: the data set's.
        messages: where the progress of a download is shown.
        data_dir: the only directory to look in, if there is one.
        offline: never download.
        plugin_files: plugins in files.
        context: what the loader may use; None for what is said above.

    Raises:
        UsageError: no plugin offers it.
        DatasetError: it cannot be had, or is damaged.
    """
    spec = find_dataset(name, load_plugins(files=plugin_files))
    if context is not None:
        return load_dataset(spec, context)
    with messages.loading(DataContext(default_cache_dir(), data_dir, offline)) as shown:
        return load_dataset(spec, shown)


def verify_datasets(
    data_dir: Path | None = None, plugin_files: Sequence[Path] = ()
) -> list[Verification]:
    """Read every copy of the data sets on this machine again and check it."""
    context = DataContext(default_cache_dir(), data_dir, offline=True)
    host = load_plugins(files=plugin_files)
    return list(verify((offer.spec for offer in host.datasets.values()), context))
