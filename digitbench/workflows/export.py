"""Copies a stored run elsewhere, by the name of a plugin's exporter."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.exporting import export_run
from digitbench.plugins import load_plugins
from digitbench.runner.recall import plugin_files_of
from digitbench.runner.resolve import find_exporter
from digitbench.types import RunRecord


def export(
    record: RunRecord, to: str, destination: str | None = None, plugin_files: Sequence[Path] = ()
) -> str:
    """Copy a stored run to another tool; return one line that says where it went.

    Args:
        record: the run, read with its predictions.
        to: the exporter's name.
        destination: where it is to put the run; None for where its own settings say.
        plugin_files: plugins in files, besides those that the run was made with.

    Raises:
        UsageError: there is no such exporter.
        DigitbenchError: the exporter failed.
    """
    host = load_plugins(files=plugin_files_of(record.plan, plugin_files).present)
    return export_run(find_exporter(to, host), record, destination)
