"""Copies a stored run elsewhere, through a plugin's exporter."""

from collections.abc import Sequence
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.exporting import export_run
from digitbench.plugins import load_plugins
from digitbench.runner.plugin_metrics import metrics_of_run, with_metrics
from digitbench.runner.recall import plugin_files_of
from digitbench.runner.resolve import find_exporter
from digitbench.store import read_manifest
from digitbench.types import RunRecord
from digitbench.workflows.export_model import export_model
from digitbench.workflows.kept import load_kept_model
from digitbench.workflows.messages import Messages
from digitbench.workflows.stored import load_run, run_and_model


def export_named(
    text: str,
    to: str,
    destination: str | None,
    *,
    runs_dir: Path,
    plugin_files: Sequence[Path],
    messages: Messages,
) -> str:
    """Copy a stored run, or write a kept model in another format; return one line that says where.

    What is meant, `to` tells: the name of an exporter, or that of a format.

    Args:
        text: a run; for a format, a kept model as `load_kept_model` takes it.
        to: an exporter, such as mlflow, or a format of models, such as onnx.
        destination: where to put it; None for where the exporter's settings say, or a file named
            like the model.
        runs_dir: where runs are kept.
        plugin_files: plugins in files, besides those that the run was made with.
        messages: where it is said what is passed over or has changed.

    Raises:
        UsageError: there is no such run, model, exporter or format.
        DigitbenchError: the exporter failed, or the model cannot be loaded.
    """
    run, model = run_and_model(text, runs_dir)
    files = plugin_files if run is None else _files_of(run, plugin_files)
    host = load_plugins(files=files)
    is_format = any(to in entry.spec.exports for entry in host.models.values())
    if to in host.exporters or not (is_format or (run is not None and model is not None)):
        if run is not None and model is not None:
            raise UsageError(f"{to} takes a whole run: leave out :{model}")
        return export(load_run(text, runs_dir), to, destination, plugin_files, messages)
    loaded = load_kept_model(text, runs_dir=runs_dir, messages=messages, plugin_files=plugin_files)
    place = export_model(loaded, to, None if destination is None else Path(destination))
    return f"{loaded.label} written as {to} to {place}"


def export(
    record: RunRecord,
    to: str,
    destination: str | None,
    plugin_files: Sequence[Path],
    messages: Messages,
) -> str:
    """Copy a stored run to another tool; return one line that says where it went.

    Args:
        record: the run, read with its predictions.
        to: the exporter's name.
        destination: where it is to put the run; None for where its own settings say.
        plugin_files: plugins in files, besides those that the run was made with.
        messages: where it is said that a plugin's metric failed; the exporter gets the others.

    Raises:
        UsageError: there is no such exporter.
        DigitbenchError: the exporter failed.
    """
    host = load_plugins(files=plugin_files_of(record.plan, plugin_files).present)
    exporter = find_exporter(to, host)
    computed = metrics_of_run(record, host)
    for problem in (*host.metric_failures, *computed.problems):
        messages.warn(problem)
    return export_run(exporter, with_metrics(record, computed), destination)


def _files_of(run: Path, given: Sequence[Path]) -> tuple[Path, ...]:
    return plugin_files_of(read_manifest(run).plan, given).present
