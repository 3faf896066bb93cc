"""The images that a stored run was tested on, for whoever draws them."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.datasets.load import default_cache_dir
from digitbench.errors import DigitbenchError
from digitbench.plugins import load_plugins
from digitbench.runner.recall import data_dir_of, plugin_files_of
from digitbench.types import DataContext, Images, RunRecord
from digitbench.workflows.messages import Messages
from digitbench.workflows.stored_data import load_stored_dataset


def load_test_images(
    record: RunRecord,
    *,
    data_dir: Path | None,
    offline: bool,
    messages: Messages,
    plugin_files: Sequence[Path] = (),
) -> Images | None:
    """Return the test images of a stored run, whichever plugin's data set it used.

    A run holds predictions and no images, so they have to be had from the data set once more. If
    that fails, a warning says why; the figures of a run need no images.

    Args:
        record: the run.
        data_dir: the only directory to look in, if there is one; by default the run's, if it is
            still there.
        offline: never download.
        messages: where the warning goes, and the progress of a download.
        plugin_files: plugins in files, besides those that the run was made with.

    Returns:
        uint8 `(n_test, 28, 28)`, in the order of the run's test labels; None if they cannot be had.
    """
    files = plugin_files_of(record.plan, plugin_files)
    directory = data_dir_of(record.plan, data_dir)
    if data_dir is None and directory is not None and not directory.is_dir():
        directory = None
    try:
        with messages.loading(DataContext(default_cache_dir(), directory, offline)) as context:
            host = load_plugins(files=files.present)
            return load_stored_dataset(record.plan.dataset, context, host).dataset.test.images
    except DigitbenchError as error:
        gone = ", ".join(map(str, files.missing))
        reason = f"{gone}, which the run was made with, is gone; {error}" if gone else error
        messages.warn(f"the digits cannot be drawn: {reason}")
        return None
