"""Runs trials on the workers of a Dask cluster, one at a time on each."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import uuid4

from digitbench.errors import EngineError
from digitbench.runner.engines import Results, TrialEvents, Workbench
from digitbench.runner.engines.cluster_client import connected
from digitbench.runner.engines.cluster_fleet import Fleet
from digitbench.runner.engines.cluster_worker import Brief
from digitbench.runner.engines.recipe import Recipe
from digitbench.types import TrialSpec


class DaskEngine:
    """The engine `dask`: trials on the workers of a cluster, or of one made here for the run.

    Each Dask worker runs one trial at a time, in a child process as the engine `process` does, so
    that a fault costs one trial there too. A trial whose Dask worker dies is run again on another.
    """

    name = "dask"

    def __init__(
        self,
        jobs: int = 1,
        timeout_seconds: float | None = None,
        plugin_files: Iterable[Path] = (),
        scheduler: str | None = None,
        data_dir: Path | None = None,
        *,
        offline: bool = False,
    ) -> None:
        """Make the engine.

        Args:
            jobs: workers of a cluster that is made here. On an existing one, how many trials run
                at a time; 1 means as many as it has workers.
            timeout_seconds: how long a trial may take, from before `build` to its result.
            plugin_files: single-file plugins, at the same path on every worker.
            scheduler: address of an existing cluster's scheduler.
            data_dir: where the data set's files are, on every worker.
            offline: the workers never touch the network for data.
        """
        self._jobs = jobs
        self._timeout_seconds = timeout_seconds
        self._plugin_files = tuple(path.resolve() for path in plugin_files)
        self._scheduler = scheduler
        self._data_dir = data_dir
        self._offline = offline

    def run(self, trials: Sequence[TrialSpec], bench: Workbench, events: TrialEvents) -> Results:
        """Yield the results in the order they come.

        Raises:
            EngineError: the scheduler is gone, no worker is left, or one cannot take part because
                its data, plugins or versions are not those of the run.
        """
        if not trials:
            return
        if bench.plan is None:
            raise EngineError("the engine dask needs the run's plan, to find the data elsewhere")
        brief = Brief(
            run=f"digitbench-{uuid4().hex}",
            recipe=Recipe.of(bench.plan, self._data_dir, offline=self._offline),
            plugin_files=self._plugin_files,
            threads=trials[0].threads,
            timeout_seconds=self._timeout_seconds,
        )
        most = self._jobs if self._scheduler is None or self._jobs > 1 else len(trials)
        with connected(self._scheduler, self._jobs) as client:
            fleet = Fleet(client, brief, trials, most)
            try:
                while fleet.unfinished:
                    fleet.give_out(events)
                    fleet.wait(events)
                    fleet.give_out(events)  # before a result is stored: disks are slow
                    while fleet.results:
                        yield fleet.results.popleft()
            except KeyboardInterrupt:
                yield from fleet.results_at_hand()
                raise
            finally:
                fleet.disband()
