"""Puts the application together: stored runs, kept models, and the reader of pictures."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.pictures import Reading, find_digits, read_picture
from digitbench.serve.app import Application
from digitbench.serve.runs import Runs
from digitbench.serve.shelf import MOST_MODELS, Catalogue, KeptEntry
from digitbench.workflows.find_kept import find_kept_model
from digitbench.workflows.kept import FoundModel, load_found
from digitbench.workflows.messages import Messages
from digitbench.workflows.report import ReportData


def application(
    runs_dir: Path,
    models: Sequence[str],
    messages: Messages,
    data: ReportData,
) -> Application:
    """Return the application for a directory of runs.

    Args:
        runs_dir: where runs are kept.
        models: the kept models to ask, as `find_kept_model` takes them; if there are none, the
            newest of each label, whenever the page is loaded.
        messages: where warnings go.
        data: where reports look for test images and metrics; plugins in files load models too.

    Raises:
        UsageError: there are too many models, or there is no such model.
        KeptModelError: what one says of itself is damaged.
        StoreError: a run that is named is damaged.
    """
    runs = Runs(runs_dir, messages, data)
    entry = partial(_entry, messages=messages, plugin_files=data.plugin_files)
    if len(models) > MOST_MODELS:
        raise UsageError(f"at most {MOST_MODELS} models are asked: name fewer with --model")
    named = [entry(find_kept_model(m, runs_dir=runs_dir, messages=messages)) for m in models]
    catalogue: Catalogue = (
        (lambda: named) if named else (lambda: [entry(found) for found in runs.kept_models()])
    )
    return Application(runs, catalogue, _read)


def _entry(found: FoundModel, *, messages: Messages, plugin_files: Sequence[Path]) -> KeptEntry:
    kept = found.kept
    return KeptEntry(
        kept.run,
        kept.model.label,
        kept.dataset.name,
        kept.accuracy,
        lambda: load_found(found, messages=messages, plugin_files=plugin_files),
    )


def _read(data: bytes) -> Reading:
    return find_digits(read_picture(data))
