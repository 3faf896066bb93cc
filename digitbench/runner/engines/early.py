"""The process of a worker, started before anybody knows what it is for.

What a worker imports takes as long as what the runner does: side by side they take half of that. So
nothing is imported here that takes time.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

from digitbench.runner.engines import pipes

MARK = "DIGITBENCH_WORKER"
"""Environment variable that a worker and whatever it starts carry, so that all can be found."""

_COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "digitbench.runner.engines.begin")
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


@dataclass(frozen=True)
class WorkerProcess:
    """A process that waits to be told what a worker needs.

    Attributes:
        process: the process; its stdout and stderr are one pipe.
        orders: the pipe that it reads.
        messages: the pipe that it writes.
        mark: what `MARK` is in its environment.
        threads: CPU threads for its trials, set for every library with a variable for it.
    """

    process: subprocess.Popen[bytes]
    orders: IO[bytes]
    messages: IO[bytes]
    mark: str
    threads: int

    @classmethod
    def start(cls, threads: int, mark: str | None = None) -> Self:
        """Start it.

        Args:
            threads: see above.
            mark: marks all workers of a runner; each adds a part of its own.
        """
        mark = f"{mark or os.getpid()}-{uuid4().hex}"
        variables = dict.fromkeys(_THREAD_VARIABLES, str(threads))
        process, orders, messages = pipes.start(
            _COMMAND,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | variables | {MARK: mark},
            start_new_session=True,  # out of reach of Ctrl-C, which the runner handles
        )
        return cls(process, orders, messages, mark, threads)

    def drop(self) -> None:
        """End it before it was told anything."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.orders, self.messages, self.process.stdout):
            if pipe is not None:
                pipe.close()


class EarlyWorker:
    """Holds such a process for whoever needs a worker first; a context manager.

    If nobody takes it, it is ended with the block.
    """

    def __init__(self, threads: int) -> None:
        """Start the process, for trials with so many CPU threads."""
        self._held: WorkerProcess | None = WorkerProcess.start(threads)

    def take(self, threads: int) -> WorkerProcess | None:
        """Return the process, once, to who wants one with so many threads; else None."""
        if self._held is None or self._held.threads != threads:
            return None
        taken, self._held = self._held, None
        return taken

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._held is not None:
            self._held.drop()
            self._held = None
