"""The data set that a stored run was made with, loaded once more."""

from digitbench.datasets.load import LoadedDataset, load_dataset
from digitbench.datasets.quick import quick_part
from digitbench.errors import DatasetError
from digitbench.plugins import PluginHost
from digitbench.provenance import short
from digitbench.runner.resolve import find_dataset
from digitbench.types import DataContext, DatasetInfo


def load_stored_dataset(
    wanted: DatasetInfo, context: DataContext, host: PluginHost
) -> LoadedDataset:
    """Load the data set of a stored run.

    Args:
        wanted: what the run says of it.
        context: what the loader may use.
        host: the plugins.

    Raises:
        DigitbenchError: it cannot be had, or is not the one that is wanted.
    """
    loaded = load_dataset(find_dataset(wanted.name, host), context)
    if wanted.quick:
        loaded = quick_part(loaded)
    if loaded.fingerprint != wanted.fingerprint:
        raise DatasetError(
            f"{wanted.name} of {loaded.dataset.source} has the fingerprint "
            f"{short(loaded.fingerprint)}, the run's data {short(wanted.fingerprint)}; name "
            "the directory of the run's data with --data-dir"
        )
    return loaded
