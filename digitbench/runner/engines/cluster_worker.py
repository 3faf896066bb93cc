"""The part of the engine `dask` that runs on a Dask worker: one trial at a time, in a child.

The Dask worker itself imports no plugin and opens no data. Its child does, so that whatever
happens there costs one trial and never the Dask worker.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from distributed import WorkerPlugin, get_worker
from distributed.utils import sync

from digitbench.runner.engines.process import Crew
from digitbench.runner.engines.recipe import Recipe
from digitbench.types import FitProgress, TrialResult, TrialSpec

_GLANCE_SECONDS = 0.2
_IDLE_SECONDS = 60.0
"""How long a child is kept without a trial: a runner that was killed does not say goodbye."""
_PROGRESS_SECONDS = 0.5
"""The least time between two progress reports that go through the scheduler."""


@dataclass(frozen=True)
class Brief:
    """What a Dask worker has to know of a run.

    Attributes:
        run: what the run is called on the cluster, and the topic of what is told of it.
        recipe: how to come by models and images.
        plugin_files: single-file plugins to load.
        threads: CPU threads per trial.
        timeout_seconds: how long a trial may take.
    """

    run: str
    recipe: Recipe
    plugin_files: tuple[Path, ...]
    threads: int
    timeout_seconds: float | None


def perform(brief: Brief, trial: TrialSpec) -> TrialResult | None:
    """Run a trial on this Dask worker; a task of Dask's.

    Returns:
        Its result; None if it was cancelled meanwhile.

    Raises:
        EngineError: this worker cannot take part in the run.
    """
    worker = get_worker()
    seat = worker.plugins.get(brief.run)
    if seat is None:
        seat = Seat(brief)
        sync(worker.loop, worker.plugin_add, plugin=seat, name=brief.run, catch_errors=False)
    result: TrialResult | None = seat.run(worker.get_current_task(), trial)
    return result


async def leave(run: str, dask_worker: Any) -> None:
    """End a run's child on a Dask worker, at once if a trial is under way there."""
    if run in dask_worker.plugins:
        await dask_worker.plugin_remove(name=run)


class Seat(WorkerPlugin):  # type: ignore[misc]  # of a library without types
    """A run's place on a Dask worker: keeps its child between trials.

    However many threads a Dask worker has and however many runs use it, one trial runs there at a
    time, because the trials' threads are counted on that.
    """

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._cancelled: set[str] = set()
        self._left = False
        self._in_use = threading.Lock()
        self._crew: Crew | None = None
        self._dismissal: threading.Timer | None = None

    def setup(self, worker: Any) -> None:
        """Share the turns with the seats of other runs."""
        self._worker = worker
        seats = (plugin for plugin in worker.plugins.values() if isinstance(plugin, Seat))
        neighbour = next((seat for seat in seats if seat is not self), None)
        self._turn: threading.Lock = neighbour._turn if neighbour else threading.Lock()  # noqa: SLF001

    async def teardown(self, worker: Any) -> None:
        """End the child; a trial under way is given up."""
        self._left = True
        await asyncio.to_thread(self._leave)

    def transition(self, key: str, start: str, finish: str, **details: object) -> None:
        """Note that a task was cancelled, as it is too if the runner's connection breaks."""
        if start == "executing" and finish not in {"memory", "error"}:
            self._cancelled.add(key)

    def run(self, key: str, trial: TrialSpec) -> TrialResult | None:
        """Run a trial in the child, when its turn has come.

        Args:
            key: the task's.
            trial: what to run.

        Returns:
            Its result; None if the task was cancelled or the run has left.
        """

        def wanted() -> bool:
            return not self._left and key not in self._cancelled

        while not self._turn.acquire(timeout=_GLANCE_SECONDS):
            if not wanted():
                return None
        try:
            with self._in_use:
                return self._run(key, trial, wanted) if wanted() else None
        finally:
            self._turn.release()
            self._cancelled.discard(key)

    def _run(self, key: str, trial: TrialSpec, wanted: Callable[[], bool]) -> TrialResult | None:
        if self._dismissal is not None:
            self._dismissal.cancel()
        if self._crew is None:
            self._crew = self._new_crew()
        result = None
        try:
            events = _Reports(self._worker, self._brief.run, key)
            result = self._crew.run_one(trial, events, wanted)
        finally:
            if result is None:
                self._close(at_once=True)
        self._dismissal = threading.Timer(
            _IDLE_SECONDS,
            self._worker.loop.add_callback,
            (leave, self._brief.run, self._worker),
        )
        self._dismissal.daemon = True
        self._dismissal.start()
        return result

    def _new_crew(self) -> Crew:
        brief = self._brief
        crew = Crew(
            brief.recipe,
            brief.threads,
            timeout_seconds=brief.timeout_seconds,
            plugin_files=brief.plugin_files,
            parent=Path(self._worker.local_directory),  # which Dask tidies up after a kill
        )
        return crew.__enter__()

    def _leave(self) -> None:
        if self._dismissal is not None:
            self._dismissal.cancel()
        with self._in_use:
            self._close(at_once=False)

    def _close(self, *, at_once: bool) -> None:
        if self._crew is not None:
            self._crew.close(at_once=at_once)
            self._crew = None


class _Reports:
    """Passes what a trial tells on to the runner, through the scheduler."""

    def __init__(self, worker: Any, run: str, key: str) -> None:
        self._worker = worker
        self._run = run
        self._key = key
        self._progress_due = 0.0

    def started(self, trial: TrialSpec) -> None:
        """Do nothing: the runner told of it when it gave the trial out."""

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Report how far a fit has come, now and then and at its end."""
        if monotonic() < self._progress_due and progress.step != progress.total:
            return
        self._progress_due = monotonic() + _PROGRESS_SECONDS
        self._tell(progress=asdict(progress))

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Pass a line on."""
        self._tell(line=line)

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Do nothing: trials begin anew only where the runner is."""

    def _tell(self, **what: object) -> None:
        self._worker.log_event(self._run, {"key": self._key, **what})
