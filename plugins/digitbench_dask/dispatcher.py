"""Assigns trials to the workers of a Dask cluster and collects their results."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from distributed import KilledWorker

from digitbench import (
    DigitbenchError,
    EngineError,
    FitProgress,
    RunConfig,
    TrialEvents,
    TrialPhase,
    TrialResult,
    TrialSpec,
)
from digitbench_dask.worker import leave, perform

MOST_ATTEMPTS = 3
"""How many workers may be lost with a trial before it counts as failed."""

WORKER_SECONDS = 60.0
"""How long a cluster may be without any worker."""

_CHECK_SECONDS = 1.0
_WARN_SECONDS = 5.0
_FETCH_SECONDS = 30.0
_LEAVE_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assignment:
    """A trial that runs on a Dask worker.

    Attributes:
        trial: the trial.
        attempt: counted from 1.
        address: the worker's.
        began_at: when it was assigned, UTC.
        future: Dask's.
    """

    trial: TrialSpec
    attempt: int
    address: str
    began_at: datetime
    future: Any


class DaskDispatcher:
    """Assigns trials to Dask workers and collects their results.

    It places each trial on an idle worker itself, instead of leaving that to the scheduler: so one
    runs at a time on each, and it is known which began when. Everything that the cluster reports
    comes through one queue, in order.

    Attributes:
        results: what has arrived and was not taken yet.
    """

    def __init__(
        self, client: Any, run: str, config: RunConfig, trials: Sequence[TrialSpec], limit: int
    ) -> None:
        """Take the workers that are there and listen for others.

        Args:
            client: a `distributed.Client`.
            run: what the run is called on the cluster, and the topic of its reports.
            config: what the workers have to know.
            trials: what to run.
            limit: how many of them at a time, at most.
        """
        self.results: deque[TrialResult] = deque()
        self._client = client
        self._address = client.scheduler.address
        self._run = run
        self._config = config
        self._limit = limit
        self._waiting = deque((trial, 1) for trial in trials)
        self._idle: deque[str] = deque()
        self._assignments: dict[str, Assignment] = {}
        self._spent: list[Any] = []
        self._used: set[str] = set()
        self._workers: set[str] = set()
        self._alone_since = monotonic()
        self._warned = False
        self._inbox: SimpleQueue[Callable[[TrialEvents], bool]] = SimpleQueue()
        client.subscribe_topic("all", self._cluster_changed)
        client.subscribe_topic(run, self._trial_reported)
        for address in client.scheduler_info()["workers"]:
            self._inbox.put(partial(self._add_worker, address))

    @property
    def unfinished(self) -> bool:
        """Whether there is a trial without a result."""
        return bool(self._waiting or self._assignments)

    def assign(self, events: TrialEvents) -> None:
        """Assign trials to idle workers."""
        while self._waiting and self._idle and len(self._assignments) < self._limit:
            trial, attempt = self._waiting.popleft()
            address = self._idle.popleft()
            key = f"{self._run}-{trial.model}-{trial.trial}-{attempt}"
            events.started(trial)
            self._used.add(address)
            future = self._client.submit(
                perform, self._run, self._config, trial, key=key, workers=[address], pure=False
            )
            self._assignments[key] = Assignment(trial, attempt, address, datetime.now(UTC), future)
            future.add_done_callback(partial(self._task_ended, key))
        # Dask is told when a future goes, and what is sent right after that waits for 10 ms.
        self._spent.clear()

    def wait(self, events: TrialEvents) -> None:
        """Wait until the cluster reports something, such as a result or a worker.

        Raises:
            EngineError: the cluster can no longer be used.
        """
        while True:
            try:
                handle = self._inbox.get(timeout=_CHECK_SECONDS)
            except Empty:
                self._check_cluster()
                continue
            if handle(events):
                return

    def results_at_hand(self) -> Iterator[TrialResult]:
        """Yield the results that have arrived and were not taken."""
        while self.results:
            yield self.results.popleft()
        for key, assignment in tuple(self._assignments.items()):
            if assignment.future.status == "finished":
                del self._assignments[key]
                yield assignment.future.result(timeout=_FETCH_SECONDS)

    def close(self) -> None:
        """Cancel what runs and end the run's child processes on all workers."""
        if self._client.status != "running":
            return  # the workers notice that too
        try:
            if self._assignments:
                self._client.cancel(
                    [assignment.future for assignment in self._assignments.values()]
                )
            self._client.run(
                leave,
                self._run,
                workers=sorted(self._used & self._workers),
                on_error="ignore",
                callback_timeout=_LEAVE_SECONDS,
            )
        except (OSError, TimeoutError, RuntimeError):
            return  # idle children end by themselves

    def _cluster_changed(self, event: tuple[float, Any]) -> None:
        message = event[1]
        action = message.get("action") if isinstance(message, dict) else None
        if action == "add-worker":
            self._inbox.put(partial(self._add_worker, message["worker"]))
        elif action == "remove-worker":
            self._inbox.put(partial(self._remove_worker, message["worker"]))

    def _trial_reported(self, event: tuple[float, dict[str, Any]]) -> None:
        self._inbox.put(partial(self._pass_on, event[1]))

    def _task_ended(self, key: str, future: Any) -> None:
        self._inbox.put(partial(self._finish, key))

    # Each handler of a report returns whether there may be a result, or work to assign.

    def _add_worker(self, address: str, events: TrialEvents) -> bool:
        if address not in self._workers:
            self._workers.add(address)
            self._idle.append(address)
        return True

    def _check_cluster(self) -> None:
        """Make sure that there is still a cluster.

        Raises:
            EngineError: there is none.
        """
        if self._client.status != "running":
            raise self._scheduler_gone()
        if self._workers:
            self._alone_since = monotonic()
            return
        alone_seconds = monotonic() - self._alone_since
        if alone_seconds > _WARN_SECONDS and not self._warned:
            self._warned = True
            _log.warning(
                "the Dask cluster at %s has no worker: waiting up to %g s for one",
                self._address,
                WORKER_SECONDS,
            )
        if alone_seconds > WORKER_SECONDS:
            raise EngineError(
                f"the Dask cluster at {self._address} has had no worker for {WORKER_SECONDS:g} s; "
                f"start some with `dask worker {self._address}`"
            )

    def _scheduler_gone(self) -> EngineError:
        return EngineError(f"the connection to the Dask scheduler at {self._address} was lost")

    def _pass_on(self, report: dict[str, Any], events: TrialEvents) -> bool:
        if assignment := self._assignments.get(report["key"]):
            if line := report.get("line"):
                events.printed(assignment.trial, line)
            if phase := report.get("phase"):
                events.entered(assignment.trial, TrialPhase(phase))
            if progress := report.get("progress"):
                events.progressed(assignment.trial, FitProgress(**progress))
        return False

    def _finish(self, key: str, events: TrialEvents) -> bool:
        """Take the result of a task that has ended, or find why there is none."""
        assignment = self._assignments.get(key)
        if assignment is None:  # it is no longer waited for
            return True
        result = self._fetch(assignment)
        if result is None:
            self._lose(key, events)
            return True
        self._spent.append(self._assignments.pop(key).future)
        self.results.append(result)
        if assignment.address in self._workers:
            self._idle.append(assignment.address)
        return True

    def _fetch(self, assignment: Assignment) -> TrialResult | None:
        """Return what came of a task; None if that is lost, and the worker likely too.

        Raises:
            EngineError: the worker cannot take part, or the scheduler is gone.
        """
        error: BaseException | None
        if assignment.future.status == "error":
            error = assignment.future.exception(timeout=_FETCH_SECONDS)
            if isinstance(error, KilledWorker):
                return None
            raise EngineError(
                f"the Dask worker at {assignment.address} cannot take part: {_reason(error)}"
            ) from error
        if assignment.future.cancelled():  # not by us
            raise self._scheduler_gone()
        try:
            result: TrialResult | None = assignment.future.result(timeout=_FETCH_SECONDS)
        except CancelledError as cancelled:
            raise self._scheduler_gone() from cancelled
        except (OSError, TimeoutError):
            return None
        return result

    def _remove_worker(self, address: str, events: TrialEvents) -> bool:
        """Note that a worker has left."""
        self._workers.discard(address)
        if address in self._idle:
            self._idle.remove(address)
        for key, assignment in tuple(self._assignments.items()):
            if assignment.address == address:
                self._lose(key, events)
        return True

    def _lose(self, key: str, events: TrialEvents) -> None:
        """Put a trial that was lost before all others, or give it up after several times."""
        assignment = self._assignments.pop(key)
        assignment.future.cancel()
        if assignment.address in self._workers:
            self._idle.append(assignment.address)
        if assignment.attempt < MOST_ATTEMPTS:
            events.restarted(assignment.trial, f"the Dask worker at {assignment.address} was lost")
            self._waiting.appendleft((assignment.trial, assignment.attempt + 1))
            return
        self.results.append(
            TrialResult(
                spec=assignment.trial,
                status="failed",
                started_at=assignment.began_at,
                error=(
                    f"{MOST_ATTEMPTS} Dask workers were lost with it, "
                    f"the last at {assignment.address}"
                ),
            )
        )


def _reason(error: BaseException | None) -> str:
    """Return an error of a worker in one line."""
    first = str(error).strip().partition("\n")[0]
    return first if isinstance(error, DigitbenchError) else f"{type(error).__name__}: {first}"
