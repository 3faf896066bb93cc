"""The metrics of plugins in a stored run, which old runs have too."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.plugins import load_plugins
from digitbench.runner.plugin_metrics import metrics_of_run
from digitbench.runner.recall import plugin_files_of
from digitbench.types import RunRecord
from digitbench.workflows.messages import Messages


def compute_metrics(
    record: RunRecord, messages: Messages, *, plugin_files: Sequence[Path] = ()
) -> Computed:
    """Compute the metrics of every plugin in a run, from its predictions and probabilities.

    Args:
        record: the run, read with its predictions.
        messages: where it is said that a plugin failed; its metric is left out.
        plugin_files: plugins in files, besides those that the run was made with.
    """
    if record.test_labels is None:
        return NOTHING_COMPUTED
    host = load_plugins(files=plugin_files_of(record.plan, plugin_files).present)
    computed = metrics_of_run(record, host)
    for problem in (*host.metric_failures, *computed.problems):
        messages.warn(problem)
    return computed
