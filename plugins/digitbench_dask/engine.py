"""Runs trials on the workers of a Dask cluster, one at a time on each."""

from collections.abc import Generator, Sequence
from uuid import uuid4

from digitbench import EngineContext, RunConfig, RunInputs, TrialEvents, TrialResult, TrialSpec
from digitbench_dask.connection import connected
from digitbench_dask.dispatcher import DaskDispatcher


class DaskEngine:
    """Runs trials on the workers of a cluster, or of one made here for the run.

    Each Dask worker runs one trial at a time, in a child process as the engine `process` does, so
    that a fault costs one trial there too. A trial whose Dask worker dies is run again on another.

    Attributes:
        scheduler: address of an existing cluster's scheduler; None to make a cluster here.
    """

    def __init__(self, scheduler: str | None, context: EngineContext) -> None:
        """Make the engine.

        Args:
            scheduler: see above.
            context: its `jobs` are the workers of a cluster that is made here. On an existing one
                they are how many trials run at a time; 1 means as many as it has workers. Plugin
                files and the data directory are at the same path on every worker.
        """
        self.scheduler = scheduler
        self._context = context

    def run(
        self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents
    ) -> Generator[TrialResult, None, None]:
        """Yield the results in the order they come.

        Raises:
            EngineError: the scheduler is gone, no worker is left, or one cannot take part because
                its data, plugins or versions are not those of the run.
        """
        if not trials:
            return
        run = f"digitbench-{uuid4().hex}"
        config = RunConfig.remote(inputs, self._context)
        jobs = self._context.jobs
        limit = jobs if self.scheduler is None or jobs > 1 else len(trials)
        with connected(self.scheduler, jobs) as client:
            dispatcher = DaskDispatcher(client, run, config, trials, limit)
            try:
                while dispatcher.unfinished:
                    dispatcher.assign(events)
                    dispatcher.wait(events)
                    dispatcher.assign(events)  # before a result is stored: disks are slow
                    while dispatcher.results:
                        yield dispatcher.results.popleft()
            except KeyboardInterrupt:
                yield from dispatcher.results_at_hand()
                raise
            finally:
                dispatcher.close()
