"""What there is: stored runs, models and data sets."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from digitbench.api.messages import messages_shown
from digitbench.api.run import Run
from digitbench.api.settings import Place, place
from digitbench.report.catalogue import catalogue_document
from digitbench.report.frames import extra
from digitbench.report.runs import RunRow, run_row
from digitbench.types import DataContext, Dataset
from digitbench.workflows.catalogue import load_plugins, select_models
from digitbench.workflows.data import fetch_dataset
from digitbench.workflows.stored import find_run, newest_runs
from digitbench.workflows.stored import load_run as load_record

if TYPE_CHECKING:
    import pandas as pd


def load_run(name: Place = "latest", *, runs_dir: Place | None = None) -> Run:
    """Return a stored run.

    >>> run = digitbench.load_run("latest")

    Args:
        name: its name or directory, or `latest`.
        runs_dir: where runs are kept; by default `DIGITBENCH_RUNS_DIR`, or `runs` here.

    Raises:
        UsageError: there is no such run.
        StoreError: it is damaged.
    """
    path = find_run(place("runs_dir", runs_dir), os.fspath(name))
    return Run(load_record(path), path)


def list_runs(*, limit: int = 20, runs_dir: Place | None = None) -> "pd.DataFrame":
    """Return the runs there are, newest first, a row each with its verdict.

    >>> digitbench.list_runs()[["run", "models", "verdict"]]

    Args:
        limit: the most that are listed.
        runs_dir: where runs are kept; by default `DIGITBENCH_RUNS_DIR`, or `runs` here.

    Raises:
        UsageError: pandas is not installed.
    """
    columns = ["run", "started_at", "status", "dataset", "models", "trials", "verdict", "error"]
    newest = newest_runs(place("runs_dir", runs_dir), limit)
    return extra("pandas").DataFrame([_row(run_row(*one)) for one in newest], columns=columns)


def models(*, plugin_files: Sequence[Place] = ()) -> "pd.DataFrame":
    """Return the models there are, a row for each option; a model without options has one row.

    >>> digitbench.models().query("model == 'knn'")

    Args:
        plugin_files: single-file plugins.

    Raises:
        UsageError: pandas is not installed, or there is no such file.
    """
    host = load_plugins(files=map(Path, plugin_files))
    rows = []
    for model in catalogue_document(host, select_models(host, ()))["models"]:
        shared = {"model": model["name"], "summary": model["summary"], "plugin": model["plugin"]}
        for option in model["options"] or [{}]:
            named = {"option": option.get("name")}
            rest = {name: option.get(name) for name in ("type", "default", "description")}
            rows.append(shared | named | rest)
    return extra("pandas").DataFrame(rows)


def load_dataset(
    name: str,
    context: DataContext | None = None,
    *,
    data_dir: Place | None = None,
    offline: bool = False,
    plugin_files: Sequence[Place] = (),
) -> Dataset:
    """Return a data set, checked, with the groups of its images where they are known.

    >>> mnist = digitbench.load_dataset("mnist")
    >>> mnist.train.images.shape
    (60000, 28, 28)

    Args:
        name: as for `--dataset`.
        context: in a plugin's own loader, what that was given; it goes before what follows.
        data_dir: where the files are.
        offline: never download.
        plugin_files: single-file plugins.

    Raises:
        UsageError: there is no such data set.
        DatasetError: it cannot be had, or is bad.
    """
    with messages_shown() as messages:
        found = fetch_dataset(
            name,
            messages,
            data_dir=place("data_dir", data_dir),
            offline=offline,
            plugin_files=[Path(file) for file in plugin_files],
            context=context,
        ).dataset
    return Dataset(found.name, found.train, found.test, found.source)


def _row(row: RunRow) -> dict[str, object]:
    found: dict[str, object] = {"run": row.name, "verdict": row.verdict, "error": row.error}
    if row.record is not None:
        plan = row.record.plan
        found |= {
            "started_at": row.record.started_at,
            "status": row.record.status,
            "dataset": plan.dataset.name,
            "models": ", ".join(model.label for model in plan.models),
            "trials": plan.trials,
        }
    return found
