"""The engine `process`: runs trials in worker processes on this machine."""

from collections import deque
from collections.abc import Sequence

from digitbench.runner.engines.early import EarlyWorker
from digitbench.runner.engines.pool import WorkerPool
from digitbench.runner.engines.recipe import RunConfig
from digitbench.types import EngineContext, Results, RunInputs, TrialEvents, TrialSpec


class ProcessEngine:
    """Runs trials in worker processes, so that a crash, a hang or a leak costs one trial."""

    def __init__(self, context: EngineContext | None = None) -> None:
        self._context = context or EngineContext()

    def run(self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents) -> Results:
        """Yield the results in the order they come."""
        waiting = deque(trials)
        if not waiting:
            return
        config = RunConfig.local(inputs, self._context)
        early = self._context.early
        held = early if isinstance(early, EarlyWorker) else None
        with WorkerPool(config, self._context.jobs, early=held) as pool:
            result = None
            try:
                while waiting or pool.busy:
                    pool.assign(waiting, events)
                    result = pool.next_result(waiting, events)
                    pool.assign(waiting, events)  # before the result is stored: disks are slow
                    if not waiting:
                        pool.dismiss()
                    if result is not None:
                        finished, result = result, None
                        yield finished
            except KeyboardInterrupt:
                if result is not None:
                    yield result
                yield from pool.results_at_hand()
                raise
