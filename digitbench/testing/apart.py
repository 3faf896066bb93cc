"""Makes the checks of a model in a process of its own, which the model may end or hang.

Each check that was under way when the process ended has failed, with the reason; a new process
makes the checks that are left.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import IO

import psutil

from digitbench.errors import EngineError
from digitbench.runner.engines import pipes
from digitbench.runner.engines.messages import receive, send
from digitbench.runner.engines.supervision import reason_of_end
from digitbench.testing.checks import CHECKS
from digitbench.testing.results import CheckFailure, CheckResult, CheckSkipped

CHECK_SECONDS = 600.0
"""How long a check may take; the longest fits a model three times."""

_START_SECONDS = 120.0
_END_SECONDS = 5.0
_STDERR = 2
"""The descriptor that gets what a plugin prints, whichever stream it chooses."""


@dataclass(frozen=True)
class Subject:
    """A model to check, as another process can find it.

    Attributes:
        model: its name.
        options: options to check it with, by name.
        tolerance: see `digitbench.testing.Candidate`.
        plugin_files: single-file plugins to load besides the installed ones.
    """

    model: str
    options: Mapping[str, object]
    tolerance: float = 0.0
    plugin_files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Made:
    """A check that was made.

    Attributes:
        check: its name.
        seconds: how long it took.
        ending: what it raised, if it did not pass.
    """

    check: str
    seconds: float
    ending: CheckFailure | CheckSkipped | None

    def result(self) -> CheckResult:
        """Return it as the result of a check."""
        return CheckResult(CHECKS[self.check], self.seconds, self.ending)


@dataclass(frozen=True)
class Begun:
    """A check that is under way.

    Attributes:
        check: its name.
    """

    check: str


@dataclass(frozen=True)
class Order:
    """What the process is to do.

    Attributes:
        search_path: where this process finds modules (`sys.path`).
        subject: the model.
        known: the checks that are made.
    """

    search_path: tuple[str, ...]
    subject: Subject
    known: tuple[Made, ...]


def run_checks_apart(
    subject: Subject, timeout_seconds: float = CHECK_SECONDS
) -> Iterator[CheckResult]:
    """Make all checks of a model in another process; yields the result of each as it comes.

    Args:
        subject: the model.
        timeout_seconds: how long a check may take; then it fails, and its process is ended.

    Raises:
        EngineError: the process does not come as far as the first check.
    """
    known: dict[str, Made] = {}
    while len(known) < len(CHECKS):
        for made in _one_process(subject, tuple(known.values()), timeout_seconds):
            known[made.check] = made
            yield made.result()


def _one_process(
    subject: Subject, known: tuple[Made, ...], timeout_seconds: float
) -> Iterator[Made]:
    """Make checks until all are made, or one has ended the process."""
    order = Order(tuple(path or str(Path.cwd()) for path in sys.path), subject, known)
    with _examiner(order) as (process, inbox):
        under_way: list[str] = []
        start, patience = perf_counter(), _START_SECONDS
        left = len(CHECKS) - len(known)
        while left:
            try:
                said = inbox.get(timeout=patience)
            except Empty:
                said = f"it took more than {patience:g} s and was ended"
            if isinstance(said, Begun):
                under_way.append(said.check)
                start, patience = perf_counter(), timeout_seconds
            elif isinstance(said, Made):
                under_way.remove(said.check)
                left -= 1
                yield said
            else:
                reason = said or reason_of_end(process.wait())
                if not under_way:
                    raise EngineError(f"no check of {subject.model} could be begun: {reason}")
                yield Made(under_way[-1], perf_counter() - start, _failure(reason))
                return


def _failure(reason: str) -> CheckFailure:
    return CheckFailure(
        "the process in which the model is checked to go on",
        reason,
        "Look for what ends or stops a process: os._exit, compiled code, a lock that nobody "
        "releases, or too little memory. With python -X faulthandler a crash says where it was.",
    )


@contextmanager
def _examiner(
    order: Order,
) -> Iterator[tuple[subprocess.Popen[bytes], SimpleQueue[Begun | Made | str | None]]]:
    """Start a process and give it an order; its messages come in the queue, None at their end."""
    process, orders, answers = pipes.start(
        [sys.executable, "-P", "-m", "digitbench.testing.examiner"],
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,
        start_new_session=True,  # out of reach of Ctrl-C, which ends it from here
    )
    inbox: SimpleQueue[Begun | Made | str | None] = SimpleQueue()
    threading.Thread(target=_read, args=(answers, inbox), daemon=True).start()
    try:
        with suppress(OSError):  # it has ended, which the inbox tells
            send(orders, order)
        yield process, inbox
    finally:
        with suppress(OSError):
            orders.close()
        _end(process)


def _read(messages: IO[bytes], inbox: SimpleQueue[Begun | Made | str | None]) -> None:
    with messages, suppress(EOFError):
        while True:
            inbox.put(receive(messages))
    inbox.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it has started."""
    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for child in family:
        with suppress(psutil.Error):
            child.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_END_SECONDS)
