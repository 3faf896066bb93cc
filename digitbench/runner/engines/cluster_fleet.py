"""The workers of a Dask cluster as the runner sees them, and the trials they are given."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from distributed import KilledWorker

from digitbench.errors import EngineError, one_line
from digitbench.runner.engines import TrialEvents
from digitbench.runner.engines.cluster_worker import Brief, leave, perform
from digitbench.types import FitProgress, TrialResult, TrialSpec

MOST_ATTEMPTS = 3
"""How many workers a trial may lose before it is taken to be the trial's doing."""

WORKER_SECONDS = 60.0
"""How long a cluster may be without any worker."""

_LOOK_SECONDS = 1.0
_TELL_SECONDS = 5.0
_FETCH_SECONDS = 30.0
_LEAVE_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Errand:
    """A trial that a Dask worker was given.

    Attributes:
        trial: the trial.
        attempt: counted from 1.
        address: the worker's.
        began_at: UTC.
        future: Dask's.
    """

    trial: TrialSpec
    attempt: int
    address: str
    began_at: datetime
    future: Any


@dataclass(frozen=True)
class Came:
    """A worker has joined the cluster."""

    address: str


@dataclass(frozen=True)
class Left:
    """A worker has left the cluster."""

    address: str


@dataclass(frozen=True)
class Done:
    """A task has ended, in whatever way."""

    key: str


@dataclass(frozen=True)
class Said:
    """A trial has reported its progress or written a line."""

    key: str
    message: dict[str, Any]


class Fleet:
    """The Dask workers as the runner sees them, and the trials that wait for one.

    The runner itself places each trial on an idle worker, rather than to leave that to the
    scheduler: so one runs at a time on each, and it is known which began when. All that comes of
    the cluster comes through one queue, in order.

    Attributes:
        results: what has come and was not taken yet.
    """

    def __init__(self, client: Any, brief: Brief, trials: Sequence[TrialSpec], most: int) -> None:
        """Take the workers that are there and listen for others.

        Args:
            client: a `distributed.Client`.
            brief: what the workers have to know.
            trials: what to run.
            most: how many of them at a time.
        """
        self.results: deque[TrialResult] = deque()
        self._client = client
        self._address = client.scheduler.address
        self._brief = brief
        self._most = most
        self._waiting = deque((trial, 1) for trial in trials)
        self._idle: deque[str] = deque()
        self._errands: dict[str, Errand] = {}
        self._spent: list[Any] = []
        self._used: set[str] = set()
        self._workers: set[str] = set()
        self._alone_since = monotonic()
        self._told_of_waiting = False
        self._inbox: SimpleQueue[Came | Left | Done | Said] = SimpleQueue()
        client.subscribe_topic("all", self._hear_cluster)
        client.subscribe_topic(brief.run, self._hear_trial)
        for address in client.scheduler_info()["workers"]:
            self._inbox.put(Came(address))

    @property
    def unfinished(self) -> bool:
        """Whether there is a trial without a result."""
        return bool(self._waiting or self._errands)

    def give_out(self, events: TrialEvents) -> None:
        """Give trials to idle workers."""
        while self._waiting and self._idle and len(self._errands) < self._most:
            trial, attempt = self._waiting.popleft()
            address = self._idle.popleft()
            key = f"{self._brief.run}-{trial.model}-{trial.trial}-{attempt}"
            events.started(trial)
            self._used.add(address)
            future = self._client.submit(
                perform, self._brief, trial, key=key, workers=[address], pure=False
            )
            self._errands[key] = Errand(trial, attempt, address, datetime.now(UTC), future)
            future.add_done_callback(partial(self._hear_end, key))
        # Dask is told when a future goes, and what is sent right after that waits for 10 ms.
        self._spent.clear()

    def wait(self, events: TrialEvents) -> None:
        """Wait until something has come of the cluster, such as a result or a worker.

        Raises:
            EngineError: the cluster is of no use any more.
        """
        note = None
        while note is None or isinstance(note, Said):
            try:
                note = self._inbox.get(timeout=_LOOK_SECONDS)
            except Empty:
                self._look()
                continue
            if isinstance(note, Said):
                self._pass_on(note, events)
        if isinstance(note, Done):
            self._finish(note.key, events)
        elif isinstance(note, Came):
            self._welcome(note.address)
        else:
            self._miss(note.address, events)

    def results_at_hand(self) -> Iterator[TrialResult]:
        """Yield the results that have come but were not taken."""
        while self.results:
            yield self.results.popleft()
        for key, errand in tuple(self._errands.items()):
            if errand.future.status == "finished":
                del self._errands[key]
                yield errand.future.result(timeout=_FETCH_SECONDS)

    def disband(self) -> None:
        """Cancel what runs and end the run's children on all workers."""
        if self._client.status != "running":
            return  # the workers notice that too
        try:
            if self._errands:
                self._client.cancel([errand.future for errand in self._errands.values()])
            self._client.run(
                leave,
                self._brief.run,
                workers=sorted(self._used & self._workers),
                on_error="ignore",
                callback_timeout=_LEAVE_SECONDS,
            )
        except (OSError, TimeoutError, RuntimeError):
            return  # idle children end by themselves

    def _hear_cluster(self, event: tuple[float, Any]) -> None:
        message = event[1]
        action = message.get("action") if isinstance(message, dict) else None
        if action == "add-worker":
            self._inbox.put(Came(message["worker"]))
        elif action == "remove-worker":
            self._inbox.put(Left(message["worker"]))

    def _hear_trial(self, event: tuple[float, dict[str, Any]]) -> None:
        self._inbox.put(Said(event[1]["key"], event[1]))

    def _hear_end(self, key: str, future: Any) -> None:
        self._inbox.put(Done(key))

    def _welcome(self, address: str) -> None:
        if address not in self._workers:
            self._workers.add(address)
            self._idle.append(address)

    def _look(self) -> None:
        """See whether there is still a cluster.

        Raises:
            EngineError: there is none.
        """
        if self._client.status != "running":
            raise self._scheduler_gone()
        if self._workers:
            self._alone_since = monotonic()
            return
        alone_seconds = monotonic() - self._alone_since
        if alone_seconds > _TELL_SECONDS and not self._told_of_waiting:
            self._told_of_waiting = True
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

    def _pass_on(self, said: Said, events: TrialEvents) -> None:
        errand = self._errands.get(said.key)
        if errand is None:  # it was given up
            return
        if line := said.message.get("line"):
            events.printed(errand.trial, line)
        if progress := said.message.get("progress"):
            events.progressed(errand.trial, FitProgress(**progress))

    def _finish(self, key: str, events: TrialEvents) -> None:
        """Take the result of a task that has ended, or see why there is none."""
        errand = self._errands.get(key)
        if errand is None:  # it was given up
            return
        result = self._fetch(errand)
        if result is None:
            self._lose(key, events)
            return
        self._spent.append(self._errands.pop(key).future)
        self.results.append(result)
        if errand.address in self._workers:
            self._idle.append(errand.address)

    def _fetch(self, errand: Errand) -> TrialResult | None:
        """Return what came of a task; None if that is lost, and the worker likely too.

        Raises:
            EngineError: the worker cannot take part, or the scheduler is gone.
        """
        error: BaseException | None
        if errand.future.status == "error":
            error = errand.future.exception(timeout=_FETCH_SECONDS)
            if isinstance(error, KilledWorker):
                return None
            raise EngineError(
                f"the Dask worker at {errand.address} cannot take part: {one_line(error)}"
            ) from error
        if errand.future.cancelled():  # not by us
            raise self._scheduler_gone()
        try:
            result: TrialResult | None = errand.future.result(timeout=_FETCH_SECONDS)
        except CancelledError as cancelled:
            raise self._scheduler_gone() from cancelled
        except (OSError, TimeoutError):
            return None
        return result

    def _miss(self, address: str, events: TrialEvents) -> None:
        """Do without a worker that has left."""
        self._workers.discard(address)
        if address in self._idle:
            self._idle.remove(address)
        for key, errand in tuple(self._errands.items()):
            if errand.address == address:
                self._lose(key, events)

    def _lose(self, key: str, events: TrialEvents) -> None:
        """Put a trial that was lost before all others, or give it up after several times."""
        errand = self._errands.pop(key)
        errand.future.cancel()
        if errand.address in self._workers:
            self._idle.append(errand.address)
        if errand.attempt < MOST_ATTEMPTS:
            events.restarted(errand.trial, f"the Dask worker at {errand.address} was lost")
            self._waiting.appendleft((errand.trial, errand.attempt + 1))
            return
        self.results.append(
            TrialResult(
                spec=errand.trial,
                status="failed",
                started_at=errand.began_at,
                error=(
                    f"{MOST_ATTEMPTS} Dask workers were lost with it, the last at {errand.address}"
                ),
            )
        )
