"""Watches and ends one worker process."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from time import monotonic
from typing import IO, Any, Literal

import psutil

from digitbench.runner.engines.early import MARK, WorkerProcess
from digitbench.runner.engines.messages import Message, Setup, receive, send
from digitbench.types import SetResult, TrialResult, TrialSpec

START_SECONDS = 120.0
"""How long a worker may take to import its plugins."""

_TERMINATE_SECONDS = 2.0
_LAST_OUTPUT_SECONDS = 1.0
_LEAVE_SECONDS = 5.0
_CRASH = b"Fatal Python error"
_MOST_LINES = 40
_MOST_CHARACTERS = 400
_TAIL_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Printed:
    """A line that a worker wrote."""

    line: str


@dataclass(frozen=True)
class Ended:
    """A worker's process has ended.

    Attributes:
        returncode: as `subprocess.Popen` has it: the exit code, or minus the signal's number.
    """

    returncode: int


@dataclass(frozen=True)
class WorkerEvent:
    """A message of a worker, a line that it wrote, or its end."""

    worker: "Worker"
    content: Message | Printed | Ended


class Worker:
    """A worker process.

    Attributes:
        state: `starting`, `idle`, `busy` with `trial`, `leaving` by itself, or `ended`.
        trial: the trial that it runs.
        models: labels of the models whose trials it has begun.
        measured: what is known of it already, if it is about further test sets.
        began_at: when the trial or, before the first one, the process began; UTC.
        deadline: when its time is up, by `time.monotonic`; None for no limit.
    """

    def __init__(
        self, started: WorkerProcess, setup: Setup, inbox: "SimpleQueue[WorkerEvent]"
    ) -> None:
        """Take charge of a process.

        Args:
            started: the process.
            setup: what it needs before its first trial.
            inbox: gets its events.
        """
        self.state: Literal["starting", "idle", "busy", "leaving", "ended"] = "starting"
        self.trial: TrialSpec | None = None
        self.models: set[str] = set()
        self.measured: TrialResult | None = None
        self.began_at = datetime.now(UTC)
        self.deadline: float | None = monotonic() + START_SECONDS
        self._mark = started.mark
        self._inbox = inbox
        self._tail: deque[bytes] = deque()
        self._lines_left = _MOST_LINES
        self._process, self._orders = started.process, started.orders
        output = _open(self._process.stdout)
        readers = (self._thread(self._read, started.messages), self._thread(self._listen, output))
        self._thread(self._wait, readers)
        self._send(setup)

    def begin(self, trial: TrialSpec, timeout_seconds: float | None) -> None:
        """Give it a trial."""
        self.state, self.trial, self.began_at = "busy", trial, datetime.now(UTC)
        self.deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        self.models.add(trial.model)
        self._tail.clear()
        self._lines_left = _MOST_LINES
        self._send(trial)

    def keep(self, part: TrialResult | SetResult) -> None:
        """Note what is known of its trial: the result, then what came of each test set."""
        if isinstance(part, TrialResult):
            self.measured = part
        elif self.measured is not None:
            parts = (*self.measured.set_results, part)
            self.measured = self.measured.model_copy(update={"set_results": parts})

    def set_idle(self) -> None:
        """Note that it is ready for a trial."""
        self.state, self.trial, self.deadline, self.measured = "idle", None, None, None

    @property
    def others(self) -> list[str]:
        """Labels of the models whose trials it ran before its trial."""
        return sorted(self.models - {self.trial.model if self.trial else ""})

    @property
    def overdue(self) -> bool:
        """Whether its deadline has passed."""
        return self.deadline is not None and monotonic() >= self.deadline

    @property
    def last_output(self) -> str:
        """The end of what it wrote since its trial began."""
        text = b"".join(tuple(self._tail))[-_TAIL_BYTES:].decode(errors="backslashreplace")
        return text.strip()

    def close_input(self) -> None:
        """Let it end by itself, as it does when no more trials can come."""
        with suppress(OSError):
            self._orders.close()

    def leave(self) -> None:
        """Let it end by itself; it gets no trial any more."""
        self.state = "leaving"
        self.close_input()

    def wait(self, until: float) -> None:
        """Wait for its end, to a time of `time.monotonic`."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - monotonic()))

    def kill(self, *, gently: bool = True) -> None:
        """End it and every process that it has started, whatever they do.

        Args:
            gently: ask first, and give it a moment to clean up.
        """
        self.state = "ended"
        family = _descendants(self._process.pid)
        if gently and self._process.poll() is None:
            self._signal_group("SIGTERM")
            self.wait(monotonic() + _TERMINATE_SECONDS)
        self._signal_group("SIGKILL")
        for process in (*family, *marked(self._mark)):
            with suppress(psutil.Error):
                process.kill()
        self.wait(monotonic() + _TERMINATE_SECONDS)
        self.close_input()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # it has ended, which `_wait` tells
            send(self._orders, message)

    def _signal_group(self, name: str) -> None:
        if sys.platform == "win32":
            self._process.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, getattr(signal, name))

    def _thread(self, work: Any, argument: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=(argument,), daemon=True)
        thread.start()
        return thread

    def _put(self, content: Message | Printed | Ended) -> None:
        self._inbox.put(WorkerEvent(self, content))

    def _read(self, messages: IO[bytes]) -> None:
        with messages, suppress(EOFError):
            while True:
                self._put(receive(messages))

    def _listen(self, output: IO[bytes]) -> None:
        """Keep the end of its output and pass on the first lines; never let it block."""
        rest = b""
        with output:
            while chunk := os.read(output.fileno(), _CHUNK_BYTES):
                self._tail.append(chunk)
                while sum(map(len, self._tail)) - len(self._tail[0]) > _TAIL_BYTES:
                    self._tail.popleft()
                *lines, rest = (rest[-_MOST_CHARACTERS:] + chunk).split(b"\n")
                for line in lines:
                    self._pass_on(line)
        if rest:
            self._pass_on(rest)

    def _pass_on(self, line: bytes) -> None:
        if line.startswith(_CRASH):  # what follows is in the trial's row
            self._lines_left = 0
        if not self._lines_left:
            return
        self._lines_left -= 1
        text = line.decode(errors="backslashreplace").rstrip()[:_MOST_CHARACTERS]
        self._put(Printed(text if self._lines_left else "(what else it writes is left out)"))

    def _wait(self, readers: tuple[threading.Thread, ...]) -> None:
        """Report its end, after the rest of its output if that ends in time."""
        returncode = self._process.wait()
        for reader in readers:  # a process it has left may keep the pipes open
            reader.join(_LAST_OUTPUT_SECONDS)
        self._put(Ended(returncode))


def end_all(workers: list[Worker], mark: str, *, at_once: bool) -> None:
    """End workers and every other process with the runner's mark.

    Args:
        workers: those that may still run.
        mark: marks the runner's workers.
        at_once: do not wait for them to end by themselves.
    """
    for worker in workers:
        worker.close_input()
    until = monotonic() + (0.0 if at_once else _LEAVE_SECONDS)
    for worker in workers:
        worker.wait(until)
    for worker in workers:
        worker.kill(gently=False)
    for process in marked(mark):
        with suppress(psutil.Error):
            process.kill()


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the processes that a worker has started, in whatever session they are now."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(mark):
                yield process


def reason_of_end(returncode: int) -> str:
    """Say why a process ended on its own."""
    if returncode >= 0:
        return f"the process ended by itself, with exit code {returncode}"
    number = -returncode
    if number not in set(signal.Signals):
        return f"the process was ended by signal {number}"
    name, what = signal.Signals(number).name, signal.strsignal(number) or ""
    text = f"the process was ended by {name} ({what.lower()})"
    if name == "SIGKILL":
        text += "; most often that is the system, when memory runs out"
    return text


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("a pipe was asked for")
    return stream
