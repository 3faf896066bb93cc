"""Logs runs to MLflow: while they run, or afterwards with `digitbench export`.

Runs are logged while they run if the environment variable `DIGITBENCH_MLFLOW` holds a tracking
URI, such as `sqlite:///mlflow.db`. Otherwise nothing happens, and MLflow is not even imported.
"""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from digitbench import ExporterSpec, RunRecord, TrialResult, UsageError, hookimpl

if TYPE_CHECKING:
    from digitbench_mlflow.log import RunLog

URI_VARIABLE = "DIGITBENCH_MLFLOW"


def export(record: RunRecord, destination: str | None) -> str:
    """Log what MLflow lacks of a stored run; return what was done.

    Args:
        record: the run.
        destination: a tracking URI; None for that of `DIGITBENCH_MLFLOW`, or else MLflow's own
            choice (`MLFLOW_TRACKING_URI`, or `mlflow.db` in the working directory).

    Raises:
        UsageError: MLflow is not installed, or nothing answers at the destination.
    """
    log = _open(destination or _asked_for(), record)
    added = log.finish(record)
    if log.existed and not added:
        return f"run {record.id} is already in {log.place}; nothing was added"
    trials = "1 trial" if added == 1 else f"{added} trials"
    return f"run {record.id}: {trials} logged to {log.place}"


class Tracker:
    """Logs the run that is under way, if that was asked for."""

    def __init__(self) -> None:
        self._log: RunLog | None = None

    @hookimpl
    def digitbench_exporters(self) -> Iterable[ExporterSpec]:
        """Offer `mlflow`."""
        summary = "MLflow: a run, with a nested run for each trial"
        return [ExporterSpec(name="mlflow", summary=summary, export=export)]

    @hookimpl
    def digitbench_run_started(self, record: RunRecord) -> None:
        """Begin to log, or go on with a run that is taken up again."""
        self._log = None
        if uri := _asked_for():
            try:
                self._log = _open(uri, record)
                self._log.begin()
            except Exception as error:
                raise UsageError(
                    f"{error}; the run goes on without, and `digitbench export` logs it afterwards"
                ) from error

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Log a trial."""
        if self._log is not None:
            self._log.add(result)

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        """Log the end."""
        if self._log is not None:
            self._log.finish(record)
            self._log = None


def _asked_for() -> str | None:
    """Return the tracking URI of the environment variable, if it has one."""
    return os.environ.get(URI_VARIABLE, "").strip() or None


def _open(uri: str | None, record: RunRecord) -> "RunLog":
    """Import MLflow, which takes a second or two, and open the log of a run."""
    from digitbench_mlflow.connection import connect

    client = connect(uri)
    from digitbench_mlflow.log import RunLog

    return RunLog(client, record)


tracker = Tracker()
"""The plugin: an object, because the hooks of a run share its log."""
