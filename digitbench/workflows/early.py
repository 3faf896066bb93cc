"""A worker for a run that is about to be asked for."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from digitbench.processors import threads_each


def early_worker(
    asked: Mapping[str, Any], *, wanted: bool = True
) -> AbstractContextManager[object]:
    """Return a worker that the first trial of a new run may take, as a context manager.

    It is started at once, and is ended with the block if nobody takes it. There is none where the
    trials run elsewhere.

    Args:
        asked: what is asked for otherwise than by default, by field of `RunRequest`.
        wanted: whether there are to be trials.
    """
    if not wanted or asked.get("engine", "process") != "process":
        return nullcontext()
    from digitbench.runner.engines.early import EarlyWorker

    jobs = asked.get("jobs", 1)
    threads = 1 if jobs == "auto" else threads_each(int(jobs))
    return EarlyWorker(asked.get("threads") or threads)
