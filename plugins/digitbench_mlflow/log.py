"""A run of digitbench in an MLflow store: a parent run with a nested run for each trial."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar

from mlflow.entities import Metric, Param

from digitbench import RunRecord, TrialResult, set_metrics
from digitbench_mlflow.connection import without_credentials
from digitbench_mlflow.fields import (
    MODEL,
    RUN_ID,
    STARTED_AT,
    TRIAL,
    Point,
    SetPoints,
    milliseconds,
    plugin_metrics,
    run_status,
    run_tags,
    trial_end,
    trial_metrics,
    trial_params,
    trial_tags,
)

EXPERIMENT = "digitbench"

_PARENT = "mlflow.parentRunId"
_METRICS_PER_CALL = 900
_PARAMS_PER_CALL = 100
"""MLflow takes 100 parameters, and 1000 of both, in a call; calls are what costs time."""

ItemT = TypeVar("ItemT")


class _Logged(NamedTuple):
    """A nested run that is there, with its metrics' keys; `started_at` is None if half-written."""

    run_id: str
    started_at: int | None
    keys: frozenset[str]


class RunLog:
    """Logs one run, to the same end whether trial by trial or all at once from a stored record.

    Nothing is logged twice: what is there is found by the run's id and start, and by the model,
    number and start of a trial. A trial that was run again replaces the earlier one.

    Attributes:
        existed: whether the run was there already.
        place: where it is, in words.
    """

    def __init__(self, client: Any, record: RunRecord) -> None:
        """Find the run in the store, or make it.

        Args:
            client: an `mlflow.MlflowClient`.
            record: the run as it stands; its results are not logged yet.
        """
        self._client = client
        self._record = record
        self.place = f"experiment '{EXPERIMENT}' in {without_credentials(client.tracking_uri)}"
        experiment = client.get_experiment_by_name(EXPERIMENT)
        self._experiment_id: str = (
            client.create_experiment(EXPERIMENT) if experiment is None else experiment.experiment_id
        )
        found = self._find()
        self.existed = found is not None
        parent = self._create() if found is None else found
        self._parent: str = parent.info.run_id
        self._figures: dict[str, float] = dict(parent.data.metrics)
        self._logged = self._trials_there() if self.existed else {}

    def begin(self) -> None:
        """Say that the run is under way, again if it is taken up."""
        self._client.update_run(self._parent, status="RUNNING")
        if self.existed:  # its plan may have grown
            self._set_tags()

    def add(self, result: TrialResult, more: Iterable[Point] = ()) -> bool:
        """Log a trial, or what is missing of it; tell whether anything was.

        Args:
            result: the trial.
            more: its figures that are known at the end of the run alone.
        """
        late = [*plugin_metrics(result), *more]
        key = (result.spec.model, str(result.spec.trial))
        start = milliseconds(result.started_at)
        there = self._logged.get(key)
        if there is not None:
            if there.started_at == start:
                return self._complete(key, result, late)
            self._client.delete_run(there.run_id)
        run = self._client.create_run(
            self._experiment_id,
            start_time=start,
            tags={_PARENT: self._parent, **trial_tags(self._record, result)},
            run_name=f"{result.spec.model}, trial {result.spec.trial}",
        )
        run_id, end = run.info.run_id, milliseconds(trial_end(result))
        params = [Param(key, value) for key, value in trial_params(result).items()]
        points = [*trial_metrics(result), *late]
        metrics = _metrics(points, end)
        for some_params, some_metrics in zip_longest(
            _batches(params, _PARAMS_PER_CALL), _batches(metrics, _METRICS_PER_CALL), fillvalue=()
        ):
            self._client.log_batch(run_id, some_metrics, some_params)
        status = "FINISHED" if result.status == "ok" else "FAILED"
        self._client.set_terminated(run_id, status, end)
        self._logged[key] = _Logged(run_id, start, frozenset(point.key for point in points))
        return True

    def _complete(self, key: tuple[str, str], result: TrialResult, late: Sequence[Point]) -> bool:
        """Log the late figures that a trial lacks; tell whether there were any."""
        there, end = self._logged[key], milliseconds(trial_end(result))
        points = [point for point in late if point.key not in there.keys]
        if not points:
            return False
        self._log(there.run_id, points, end)
        self._logged[key] = there._replace(keys=there.keys.union(point.key for point in points))
        return True

    def finish(self, record: RunRecord) -> int:
        """Log the run's status and what is missing of its trials; return of how many it was."""
        self._record = record
        sets = SetPoints(record, set_metrics(record))
        added = sum(self.add(result, sets.of_trial(result)) for result in record.results)
        self._log_figures(sets.of_run())
        if self.existed:
            self._set_tags()
        status = run_status(record)
        if record.finished_at is None:
            self._client.update_run(self._parent, status=status)
        else:
            self._client.set_terminated(self._parent, status, milliseconds(record.finished_at))
        return added

    def _log_figures(self, points: Iterable[Point]) -> None:
        """Log the figures of the whole run that are new, or not what they were."""
        new = [point for point in points if self._figures.get(point.key) != point.value]
        moment = max((trial_end(r) for r in self._record.results), default=self._record.started_at)
        self._log(self._parent, new, milliseconds(moment))
        self._figures |= {point.key: point.value for point in new}

    def _log(self, run_id: str, points: Iterable[Point], moment: int) -> None:
        for some_metrics in _batches(_metrics(points, moment), _METRICS_PER_CALL):
            self._client.log_batch(run_id, some_metrics)

    def _find(self) -> Any | None:
        """Return the run of MLflow if it is there."""
        tags = run_tags(self._record)
        runs = self._search(f"tags.`{STARTED_AT}` = '{tags[STARTED_AT]}'")
        return next((run for run in runs if run.data.tags.get(RUN_ID) == tags[RUN_ID]), None)

    def _create(self) -> Any:
        return self._client.create_run(
            self._experiment_id,
            start_time=milliseconds(self._record.started_at),
            tags=run_tags(self._record),
            run_name=self._record.id,
        )

    def _set_tags(self) -> None:
        for key, value in run_tags(self._record).items():
            self._client.set_tag(self._parent, key, value)

    def _trials_there(self) -> dict[tuple[str, str], _Logged]:
        there = {}
        for run in self._search(f"tags.`{_PARENT}` = '{self._parent}'"):
            info, tags = run.info, run.data.tags
            started_at = None if info.status == "RUNNING" else info.start_time
            if MODEL in tags:  # somebody may have put runs of their own there
                keys = frozenset(run.data.metrics)
                there[tags[MODEL], tags[TRIAL]] = _Logged(info.run_id, started_at, keys)
        return there

    def _search(self, condition: str) -> Iterator[Any]:
        """Yield the runs of the experiment that fulfil a condition."""
        token = None
        while True:
            page = self._client.search_runs([self._experiment_id], condition, page_token=token)
            yield from page
            token = page.token
            if not token:
                return


def _metrics(points: Iterable[Point], moment: int) -> list[Metric]:
    return [Metric(point.key, point.value, moment, point.step) for point in points]


def _batches(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    return (items[start : start + size] for start in range(0, len(items), size))
