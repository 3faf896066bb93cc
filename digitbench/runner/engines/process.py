"""Runs trials in worker processes, several at a time, and survives whatever happens in them."""

import logging
import os
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import uuid4

from digitbench.errors import EngineError
from digitbench.runner.engines import Results, TrialEvents, Workbench
from digitbench.runner.engines.messages import Finished, Progress, Ready, Refused, Setup
from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.engines.scratch import scratch_directory
from digitbench.runner.engines.shared_data import share
from digitbench.runner.engines.supervision import (
    START_SECONDS,
    Ended,
    Note,
    Printed,
    Worker,
    end_all,
    reason_of_end,
)
from digitbench.runner.trial import TrialData
from digitbench.types import TrialResult, TrialSpec

_GLANCE_SECONDS = 0.2

_log = logging.getLogger(__name__)


class ProcessEngine:
    """The engine `process`: a crash, a hang or a leak costs one trial and no other.

    A worker is a new interpreter, not a fork, because TensorFlow's threads do not survive one. It
    is used for further trials, so that frameworks are imported once, and replaced after a crash, a
    time-out, or a trial that left processes behind.
    """

    name = "process"

    def __init__(
        self,
        jobs: int = 1,
        timeout_seconds: float | None = None,
        plugin_files: Iterable[Path] = (),
    ) -> None:
        """Make the engine.

        Args:
            jobs: how many trials run at a time.
            timeout_seconds: how long a trial may take, from before `build` to its result.
            plugin_files: single-file plugins that the workers are to load.
        """
        self._jobs = jobs
        self._timeout_seconds = timeout_seconds
        self._plugin_files = tuple(path.resolve() for path in plugin_files)

    def run(self, trials: Sequence[TrialSpec], bench: Workbench, events: TrialEvents) -> Results:
        """Yield the results in the order they come."""
        waiting = deque(trials)
        if not waiting:
            return
        threads = waiting[0].threads
        crew = Crew(bench.data, threads, self._jobs, self._timeout_seconds, self._plugin_files)
        results: deque[TrialResult] = deque()
        with crew:
            try:
                while waiting or crew.busy:
                    crew.assign(waiting, events)
                    if result := crew.next_result(waiting, events):
                        results.append(result)
                    crew.assign(waiting, events)  # before the result is stored: disks are slow
                    while results:
                        yield results.popleft()
            except KeyboardInterrupt:
                yield from (*results, *crew.results_at_hand())
                raise


class Crew:
    """Some worker processes, and the temporary directory they share; a context manager."""

    def __init__(
        self,
        data: TrialData | Recipe,
        threads: int,
        size: int = 1,
        timeout_seconds: float | None = None,
        plugin_files: tuple[Path, ...] = (),
        parent: Path | None = None,
    ) -> None:
        """Take on nobody yet: workers are started when there is work for them.

        Args:
            data: the images, or how the workers come by them.
            threads: CPU threads per trial.
            size: how many workers there are at most.
            timeout_seconds: how long a trial may take.
            plugin_files: single-file plugins that the workers are to load.
            parent: where the temporary directory is made.
        """
        self._data = data
        self._threads = threads
        self._size = size
        self._timeout_seconds = timeout_seconds
        self._plugin_files = plugin_files
        self._parent = parent
        self._workers: list[Worker] = []
        self._inbox: SimpleQueue[Note] = SimpleQueue()
        self._open = ExitStack()
        self._mark = f"{os.getpid()}-{uuid4().hex}"

    def __enter__(self) -> Self:
        self._scratch = self._open.enter_context(scratch_directory(self._parent))
        data = self._data
        self._setup = Setup(
            tuple(path or str(Path.cwd()) for path in sys.path),
            self._plugin_files,
            data if isinstance(data, Recipe) else share(data, self._scratch),
        )
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
                worker.begin(trial, self._timeout_seconds)
        starting = sum(worker.state == "starting" for worker in self._workers)
        for _ in range(min(self._size - len(self._workers), len(waiting) - starting)):
            scratch = Path(tempfile.mkdtemp(dir=self._scratch))
            self._workers.append(
                Worker(self._setup, self._threads, self._mark, scratch, self._inbox)
            )

    def run_one(
        self, trial: TrialSpec, events: TrialEvents, wanted: Callable[[], bool]
    ) -> TrialResult | None:
        """Run a single trial to its end.

        Args:
            trial: what to run.
            events: hears of it.
            wanted: whether it is still to be run; asked a few times a second.

        Returns:
            Its result. None if it is not wanted any more: it may still be under way then, and the
            crew can only be closed.

        Raises:
            EngineError: the workers cannot have what the trial needs.
        """
        waiting = deque([trial])
        result = None
        while result is None and wanted():
            self.assign(waiting, events)
            result = self.next_result(waiting, events, _GLANCE_SECONDS)
        return result

    def next_result(
        self,
        waiting: deque[TrialSpec],
        events: TrialEvents,
        most_seconds: float | None = None,
    ) -> TrialResult | None:
        """Wait until something has come of a worker.

        Args:
            waiting: the trials that are not given out yet.
            events: hears what the workers say meanwhile.
            most_seconds: how long to wait for the next thing they say.

        Returns:
            A result, or None if there is none yet but work can be given out, or time is up.

        Raises:
            EngineError: a worker cannot have what the trials need.
        """
        while True:
            try:
                note = self._inbox.get(timeout=self._patience(most_seconds))
            except Empty:
                for worker in self._workers:
                    if worker.overdue:
                        return self._give_up(worker, waiting)
                if most_seconds is not None:
                    return None
                continue
            worker, content = note.worker, note.content
            if worker.state == "ended":  # its last words, after it was given up
                continue
            if isinstance(content, Progress | Printed):
                _tell(events, worker.trial, content)
            elif isinstance(content, Finished):
                return self._finish(worker, content)
            elif isinstance(content, Ended):
                return self._lament(worker, content.returncode, waiting)
            else:
                self._admit(worker, content)
                return None

    def results_at_hand(self) -> Iterator[TrialResult]:
        """Yield the results that have come but were not fetched."""
        while not self._inbox.empty():
            content = self._inbox.get().content
            if isinstance(content, Finished):
                yield content.result

    def _patience(self, most_seconds: float | None) -> float | None:
        """Return the seconds until the next deadline; None if there is none."""
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        left = [] if most_seconds is None else [most_seconds]
        if deadlines:
            left.append(max(0.0, min(deadlines) - monotonic()))
        return min(left, default=None)

    def _admit(self, worker: Worker, content: Ready | Refused) -> None:
        if isinstance(content, Refused):
            raise EngineError(content.reason)
        worker.rest()

    def _finish(self, worker: Worker, finished: Finished) -> TrialResult:
        """Take a result; a worker with processes of its own is not used again."""
        result = finished.result
        worker.rest()
        if finished.left_processes:
            _log.warning(
                "%s, trial %d left processes running (%s); they were ended",
                result.spec.model,
                result.spec.trial,
                ", ".join(finished.left_processes),
            )
            self._remove(worker)
        return result

    def _give_up(self, worker: Worker, waiting: deque[TrialSpec]) -> TrialResult | None:
        """End a worker that is overdue."""
        if worker.state == "busy":
            reason = f"timed out after {self._timeout_seconds:g} s and was stopped"
        else:
            reason = f"no worker was ready after {START_SECONDS:g} s: a plugin hangs on import"
        return self._fail(worker, reason, waiting)

    def _lament(
        self, worker: Worker, returncode: int, waiting: deque[TrialSpec]
    ) -> TrialResult | None:
        """Say what ended a worker; nothing is lost if it had no trial."""
        reason = reason_of_end(returncode)
        if worker.state == "starting":
            said = worker.last_words.rpartition("\n")[2]
            reason = f"no worker could be started: {said or reason}"
        return self._fail(worker, reason, waiting)

    def _fail(self, worker: Worker, reason: str, waiting: deque[TrialSpec]) -> TrialResult | None:
        trial, state = worker.trial, worker.state
        self._remove(worker)
        if state == "starting" and waiting:  # it was started for this trial
            trial = waiting.popleft()
        if trial is None:
            return None
        return TrialResult(
            spec=trial,
            status="failed",
            started_at=worker.began_at,
            finished_at=datetime.now(UTC),
            error=reason,
            traceback=worker.last_words or None,
        )

    def _remove(self, worker: Worker) -> None:
        worker.kill()
        self._workers.remove(worker)


def _tell(events: TrialEvents, trial: TrialSpec | None, content: Progress | Printed) -> None:
    """Pass on what a worker says amid a trial; what comes without one is of no interest."""
    if trial is None:
        return
    if isinstance(content, Progress):
        events.progressed(trial, content.progress)
    else:
        events.printed(trial, content.line)
