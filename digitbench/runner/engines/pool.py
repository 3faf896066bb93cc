"""A pool of worker processes: a crash, a hang or a leak in one costs one trial and no other."""

import logging
import os
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import uuid4

from digitbench.errors import EngineError
from digitbench.runner.engines.early import EarlyWorker, WorkerProcess
from digitbench.runner.engines.messages import (
    Entered,
    Finished,
    Measured,
    Progress,
    Ready,
    Refused,
    Setup,
)
from digitbench.runner.engines.recipe import Recipe, RunConfig
from digitbench.runner.engines.scratch import scratch_directory
from digitbench.runner.engines.shared_data import share
from digitbench.runner.engines.supervision import (
    START_SECONDS,
    Ended,
    Printed,
    Worker,
    WorkerEvent,
    end_all,
    reason_of_end,
)
from digitbench.runner.set_predictions import with_missing_sets
from digitbench.types import TrialEvents, TrialResult, TrialSpec

_POLL_SECONDS = 0.2

_log = logging.getLogger(__name__)


class WorkerPool:
    """Worker processes that run trials, and the temporary directory they share.

    A context manager. A worker is a new interpreter, not a fork, because TensorFlow's threads do
    not survive one. It is started when there is a trial for it and used for further trials, so
    that frameworks are imported once. It is replaced after a crash, a time-out, or a trial that
    left processes behind. A trial that crashes where other models ran before it is run again in a
    new worker: two libraries may not work in one process, such as PyTorch after TensorFlow.
    """

    def __init__(
        self,
        config: RunConfig,
        size: int = 1,
        parent: Path | None = None,
        early: EarlyWorker | None = None,
    ) -> None:
        """Make a pool without workers.

        Args:
            config: what the workers have to know.
            size: how many workers there are at most.
            parent: where the temporary directory is made; by default the system's place.
            early: holds the process of the first worker; None to start that too.
        """
        self._config = config
        self._size = size
        self._parent = parent
        self._early = early
        self._workers: list[Worker] = []
        self._inbox: SimpleQueue[WorkerEvent] = SimpleQueue()
        self._crashes: Counter[tuple[str, int]] = Counter()
        self._open = ExitStack()
        self._mark = f"{os.getpid()}-{uuid4().hex}"

    def __enter__(self) -> Self:
        self._scratch = self._open.enter_context(scratch_directory(self._parent))
        data = self._config.data
        try:
            shared = data if isinstance(data, Recipe) else share(data, self._scratch)
        except BaseException:
            self._open.close()
            raise
        search_path = tuple(path or str(Path.cwd()) for path in sys.path)
        self._setup = Setup(search_path, self._scratch, self._config.plugins, shared)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(at_once=kind is not None)

    def close(self, *, at_once: bool) -> None:
        """End the workers and leave nothing behind.

        Args:
            at_once: do not wait for them to end by themselves.
        """
        try:
            end_all(self._workers, self._mark, at_once=at_once)
        except KeyboardInterrupt:  # a second one: no more waiting
            end_all(self._workers, self._mark, at_once=True)
            raise
        finally:
            self._open.close()

    @property
    def busy(self) -> bool:
        """Whether a trial is under way."""
        return any(worker.state == "busy" for worker in self._workers)

    def assign(self, waiting: deque[TrialSpec], events: TrialEvents) -> None:
        """Give trials to idle workers, and start workers if there are too few."""
        for worker in self._workers:
            if worker.state == "idle" and waiting:
                trial = waiting.popleft()
                events.started(trial)
                worker.begin(trial, self._config.timeout_seconds)
        starting = sum(worker.state == "starting" for worker in self._workers)
        there = sum(worker.state != "leaving" for worker in self._workers)
        for _ in range(min(self._size - there, len(waiting) - starting)):
            self._workers.append(self._new_worker())

    def dismiss(self) -> None:
        """Let idle workers end while the last results are stored: there are no more trials.

        If a trial comes back after all, it gets a new worker.
        """
        for worker in self._workers:
            if worker.state == "idle":
                worker.leave()

    def _new_worker(self) -> Worker:
        threads = self._config.threads
        started = self._early.take(threads) if self._early else None
        started = started or WorkerProcess.start(threads, self._mark)
        setup = replace(self._setup, scratch=Path(tempfile.mkdtemp(dir=self._scratch)))
        return Worker(started, setup, self._inbox)

    def run_one(
        self, trial: TrialSpec, events: TrialEvents, wanted: Callable[[], bool] = lambda: True
    ) -> TrialResult | None:
        """Run a single trial to its end.

        Args:
            trial: what to run.
            events: told of it.
            wanted: whether it is still to be run; asked a few times a second.

        Returns:
            Its result. None if it is not wanted any more: it may still be under way then, and the
            pool can only be closed.

        Raises:
            EngineError: the workers cannot have what the trial needs.
        """
        waiting = deque([trial])
        result = None
        while result is None and wanted():
            self.assign(waiting, events)
            result = self.next_result(waiting, events, _POLL_SECONDS)
        return result

    def next_result(
        self,
        waiting: deque[TrialSpec],
        events: TrialEvents,
        most_seconds: float | None = None,
    ) -> TrialResult | None:
        """Wait until a worker has something to report.

        Args:
            waiting: the trials that are not assigned yet.
            events: told what the workers report meanwhile.
            most_seconds: how long to wait for the next report.

        Returns:
            A result, or None if there is none yet but trials can be assigned, or time is up.

        Raises:
            EngineError: a worker cannot have what the trials need.
        """
        while True:
            try:
                event = self._inbox.get(timeout=self._wait_seconds(most_seconds))
            except Empty:
                for worker in self._workers:
                    if worker.overdue:
                        return self._time_out(worker, waiting)
                if most_seconds is not None:
                    return None
                continue
            worker, content = event.worker, event.content
            if worker.state == "ended":  # its last output, after it was ended
                continue
            if isinstance(content, Entered | Progress | Printed | Measured):
                _pass_on(events, worker, content)
            elif isinstance(content, Finished):
                return self._finish(worker, content)
            elif isinstance(content, Ended):
                return self._report_end(worker, content.returncode, waiting, events)
            else:
                self._ready(worker, content)
                return None

    def results_at_hand(self) -> Iterator[TrialResult]:
        """Yield the results that have arrived and were not fetched."""
        while not self._inbox.empty():
            content = self._inbox.get().content
            if isinstance(content, Finished):
                yield content.result

    def _wait_seconds(self, most_seconds: float | None) -> float | None:
        """Return the seconds until the next deadline; None if there is none."""
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        left = [] if most_seconds is None else [most_seconds]
        if deadlines:
            left.append(max(0.0, min(deadlines) - monotonic()))
        return min(left, default=None)

    def _ready(self, worker: Worker, content: Ready | Refused) -> None:
        if isinstance(content, Refused):
            raise EngineError(content.reason)
        worker.set_idle()

    def _finish(self, worker: Worker, finished: Finished) -> TrialResult:
        """Take a result; a worker with processes of its own is not used again."""
        result = finished.result
        worker.set_idle()
        if finished.left_processes:
            _log.warning(
                "%s, trial %d left processes running (%s); they were ended",
                result.spec.model,
                result.spec.trial,
                ", ".join(finished.left_processes),
            )
            self._remove(worker)
        return result

    def _time_out(self, worker: Worker, waiting: deque[TrialSpec]) -> TrialResult | None:
        """End a worker that is overdue."""
        if worker.state == "busy":
            reason = f"timed out after {self._config.timeout_seconds:g} s and was stopped"
        else:
            reason = f"no worker was ready after {START_SECONDS:g} s: a plugin hangs on import"
        return self._fail(worker, reason, waiting)

    def _report_end(
        self, worker: Worker, returncode: int, waiting: deque[TrialSpec], events: TrialEvents
    ) -> TrialResult | None:
        """Say why a worker ended; nothing is lost if it had no trial."""
        reason, trial = reason_of_end(returncode), worker.trial
        if trial is not None and returncode < 0 and self._may_run_again(worker, trial):
            self._remove(worker)
            waiting.appendleft(trial)
            events.restarted(trial, f"{reason}; it had run {', '.join(worker.others)} before")
            return None
        if worker.state == "starting":
            line = worker.last_output.rpartition("\n")[2]
            reason = f"no worker could be started: {line or reason}"
        return self._fail(worker, reason, waiting)

    def _may_run_again(self, worker: Worker, trial: TrialSpec) -> bool:
        """Tell whether other models may be to blame; a second worker may have run some too."""
        self._crashes[trial.model, trial.trial] += 1
        tries = self._crashes[trial.model, trial.trial]
        return bool(worker.others) and worker.measured is None and tries <= self._size

    def _fail(self, worker: Worker, reason: str, waiting: deque[TrialSpec]) -> TrialResult | None:
        trial, state = worker.trial, worker.state
        self._remove(worker)
        if state == "starting" and waiting:  # it was started for this trial
            trial = waiting.popleft()
        if trial is None:
            return None
        if worker.measured is not None:
            result = with_missing_sets(worker.measured, self._config.test_sets, reason)
            return result.model_copy(update={"finished_at": datetime.now(UTC)})
        return TrialResult(
            spec=trial,
            status="failed",
            started_at=worker.began_at,
            finished_at=datetime.now(UTC),
            error=reason,
            traceback=worker.last_output or None,
        )

    def _remove(self, worker: Worker) -> None:
        worker.kill()
        self._workers.remove(worker)


def _pass_on(
    events: TrialEvents, worker: Worker, content: Entered | Progress | Printed | Measured
) -> None:
    """Pass on what a worker reports during a trial; what comes without one is dropped."""
    trial = worker.trial
    if trial is None:
        return
    if isinstance(content, Measured):
        worker.keep(content.part)
    elif isinstance(content, Entered):
        events.entered(trial, content.phase)
    elif isinstance(content, Progress):
        events.progressed(trial, content.progress)
    else:
        events.printed(trial, content.line)
