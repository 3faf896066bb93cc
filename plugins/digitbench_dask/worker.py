"""What runs on a Dask worker for the engine `dask`: one trial at a time, in a child process.

The Dask worker itself imports no model and opens no data. Its child process does, so that whatever
happens there costs one trial and never the Dask worker.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from distributed import WorkerPlugin, get_worker
from distributed.utils import sync

from digitbench import FitProgress, RunConfig, TrialPhase, TrialResult, TrialSpec, WorkerPool

_POLL_SECONDS = 0.2
_IDLE_SECONDS = 60.0
"""How long a child process is kept without a trial: a runner that was killed never ends it."""
_PROGRESS_SECONDS = 0.5
"""The least time between two progress reports that go through the scheduler."""


def perform(run: str, config: RunConfig, trial: TrialSpec) -> TrialResult | None:
    """Run a trial on this Dask worker; a Dask task.

    Args:
        run: what the run is called on the cluster, and the topic of its reports.
        config: what the child process has to know.
        trial: what to run.

    Returns:
        Its result; None if it was cancelled meanwhile.

    Raises:
        EngineError: this worker cannot take part in the run.
    """
    worker = get_worker()
    runner = worker.plugins.get(run)
    if runner is None:
        runner = TrialRunner(run, config)
        sync(worker.loop, worker.plugin_add, plugin=runner, name=run, catch_errors=False)
    result: TrialResult | None = runner.run(worker.get_current_task(), trial)
    return result


async def leave(run: str, dask_worker: Any) -> None:
    """End a run's child process on a Dask worker, at once if a trial is under way there."""
    if run in dask_worker.plugins:
        await dask_worker.plugin_remove(name=run)


class TrialRunner(WorkerPlugin):  # type: ignore[misc]  # of a library without types
    """Runs the trials of one run on a Dask worker, and keeps the child process between them.

    However many threads a Dask worker has and however many runs use it, one trial runs there at a
    time, because the trials' threads are counted on that.
    """

    def __init__(self, run: str, config: RunConfig) -> None:
        self._run_name = run
        self._config = config
        self._cancelled: set[str] = set()
        self._left = False
        self._in_use = threading.Lock()
        self._pool: WorkerPool | None = None
        self._idle_timer: threading.Timer | None = None

    def setup(self, worker: Any) -> None:
        """Take turns with the runners of other runs."""
        self._worker = worker
        runners = (plugin for plugin in worker.plugins.values() if isinstance(plugin, TrialRunner))
        other = next((runner for runner in runners if runner is not self), None)
        self.turn: threading.Lock = other.turn if other else threading.Lock()

    async def teardown(self, worker: Any) -> None:
        """End the child process, and a trial under way with it."""
        self._left = True
        await asyncio.to_thread(self._leave)

    def transition(self, key: str, start: str, finish: str, **details: object) -> None:
        """Note that a task was cancelled, as it is too if the runner's connection breaks."""
        if start == "executing" and finish not in {"memory", "error"}:
            self._cancelled.add(key)

    def run(self, key: str, trial: TrialSpec) -> TrialResult | None:
        """Run a trial in the child process, when its turn has come.

        Args:
            key: the task's.
            trial: what to run.

        Returns:
            Its result; None if the task was cancelled or the run has ended here.
        """

        def wanted() -> bool:
            return not self._left and key not in self._cancelled

        while not self.turn.acquire(timeout=_POLL_SECONDS):
            if not wanted():
                return None
        try:
            with self._in_use:
                return self._run(key, trial, wanted) if wanted() else None
        finally:
            self.turn.release()
            self._cancelled.discard(key)

    def _run(self, key: str, trial: TrialSpec, wanted: Callable[[], bool]) -> TrialResult | None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._pool is None:
            self._pool = self._new_pool()
        result = None
        try:
            events = _Reports(self._worker, self._run_name, key)
            result = self._pool.run_one(trial, events, wanted)
        finally:
            if result is None:
                self._close(at_once=True)
        self._idle_timer = threading.Timer(
            _IDLE_SECONDS,
            self._worker.loop.add_callback,
            (leave, self._run_name, self._worker),
        )
        self._idle_timer.daemon = True
        self._idle_timer.start()
        return result

    def _new_pool(self) -> WorkerPool:
        # Dask tidies up that directory after a kill.
        return WorkerPool(self._config, parent=Path(self._worker.local_directory)).__enter__()

    def _leave(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        with self._in_use:
            self._close(at_once=False)

    def _close(self, *, at_once: bool) -> None:
        if self._pool is not None:
            self._pool.close(at_once=at_once)
            self._pool = None


class _Reports:
    """Passes the reports of a trial on to the runner, through the scheduler."""

    def __init__(self, worker: Any, run: str, key: str) -> None:
        self._worker = worker
        self._run = run
        self._key = key
        self._progress_due = 0.0

    def started(self, trial: TrialSpec) -> None:
        """Do nothing: the runner reported it when it assigned the trial."""

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Report that a phase begins."""
        self._report(phase=phase.value)

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Report how far a fit has come, now and then and at its end."""
        if monotonic() < self._progress_due and progress.step != progress.total:
            return
        self._progress_due = monotonic() + _PROGRESS_SECONDS
        self._report(progress=asdict(progress))

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Pass a line on."""
        self._report(line=line)

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Do nothing: trials begin anew only where the runner is."""

    def _report(self, **what: object) -> None:
        self._worker.log_event(self._run, {"key": self._key, **what})
