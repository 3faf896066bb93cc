"""The worker process: runs trials one after the other for the runner that started it.

Started by `digitbench.runner.engines.begin`, with pipes to the runner as
`digitbench.runner.engines.pipes` makes them. The standard streams are the plugins'.
"""

import atexit
import ctypes
import faulthandler
import gc
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import IO

import psutil

from digitbench.errors import DigitbenchError, one_line
from digitbench.garbage import no_searches
from digitbench.given import home
from digitbench.plugins import PluginHost, load_plugins
from digitbench.python_models import unpacked
from digitbench.runner.children import running_children
from digitbench.runner.engines import pipes
from digitbench.runner.engines.messages import (
    Entered,
    Finished,
    Measured,
    Progress,
    Ready,
    Refused,
    Setup,
    receive,
    send,
)
from digitbench.runner.engines.shared_data import SharedData
from digitbench.runner.resolve import find_model
from digitbench.runner.trial import run_trial
from digitbench.types import (
    FitProgress,
    SetResult,
    TrialData,
    TrialPhase,
    TrialResult,
    TrialSpec,
)

_PROGRESS_SECONDS = 0.05
"""The least time between two progress reports that are passed on."""

_PR_SET_CHILD_SUBREAPER = 36
_PIPE_CLOSED = 74
"""Exit code when a plugin has closed the pipe to the runner; `EX_IOERR` of sysexits.h."""


class Outbox:
    """Sends messages to the runner, from any thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._progress_due = 0.0

    def send(self, message: object) -> None:
        """Send a message; end the process if the runner is gone or cannot be reached."""
        with self._lock:
            try:
                send(self._stream, message)
            except BrokenPipeError:
                end_group()
            except OSError as error:
                sys.stderr.write(f"a plugin has closed the pipe to the runner: {error}\n")
                _flush_streams()
                os._exit(_PIPE_CLOSED)

    def enter(self, phase: TrialPhase) -> None:
        """Pass on that a phase of the trial begins."""
        self.send(Entered(phase))

    def measured(self, part: TrialResult | SetResult) -> None:
        """Pass on what of the trial is done."""
        self.send(Measured(part))

    def report(self, progress: FitProgress) -> None:
        """Pass on how far a fit has come, at most so often."""
        if monotonic() < self._progress_due and progress.step != progress.total:
            return
        self._progress_due = monotonic() + _PROGRESS_SECONDS
        metrics = {str(name): float(value) for name, value in progress.metrics.items()}
        self.send(
            Progress(
                FitProgress(int(progress.step), int(progress.total), str(progress.unit), metrics)
            )
        )


def end_group() -> None:
    """End this process and every process that it has started, at once."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def serve(stream: IO[bytes], outbox: Outbox) -> None:
    """Run the trials that the runner sends until it closes the pipe."""
    try:
        setup: Setup = receive(stream)
    except EOFError:  # there is nothing to do
        return
    _settle(setup.scratch)
    sys.path.extend(path for path in setup.search_path if path not in sys.path)
    try:
        with no_searches():
            host, data = prepare(setup)
    except DigitbenchError as error:
        outbox.send(Refused(str(error)))
        return
    gc.freeze()  # the full collection before every trial then skips what is there by now
    outbox.send(Ready())
    trials, modules = TrialQueue(stream), len(sys.modules)
    for trial in trials:
        result = _result_of(trial, host, data, outbox)
        _flush_streams()
        left = left_processes()
        trials.done()
        outbox.send(Finished(result, left))
        if len(sys.modules) > modules:  # a framework was imported
            gc.collect()
            gc.freeze()
            modules = len(sys.modules)


def _settle(scratch: Path) -> None:
    """Have temporary files made in a directory, from here and from processes started from here.

    It is the home of a user without one, or frameworks would make a directory `~` here.
    """
    names = ["TMPDIR", "TEMP", "TMP", "JOBLIB_TEMP_FOLDER", *(["HOME"] if home() is None else [])]
    os.environ.update(dict.fromkeys(names, str(scratch)))
    tempfile.tempdir = None  # what was found before


def _result_of(trial: TrialSpec, host: PluginHost, data: TrialData, outbox: Outbox) -> TrialResult:
    """Run a trial; one whose model is not found here, though it was by the runner, has failed."""
    started_at = datetime.now(UTC)
    try:
        model = find_model(trial.name, host).spec
    except DigitbenchError as error:
        return TrialResult(
            spec=trial,
            status="failed",
            started_at=started_at,
            finished_at=datetime.now(UTC),
            error=f"not in a worker process: {one_line(error)}",
        )
    return run_trial(
        *(trial, model, data, outbox.report),
        entered=outbox.enter,
        measured=outbox.measured,
    )


def prepare(setup: Setup) -> tuple[PluginHost, TrialData]:
    """Load the plugins and the images.

    Raises:
        DigitbenchError: they cannot be had here, or are not those of the run.
    """
    host = load_plugins(files=setup.plugins.files)
    if setup.plugins.python_models:
        host.offer_python_models(partial(unpacked, setup.plugins.python_models))
    if isinstance(setup.data, SharedData):
        return host, setup.data.open()
    return host, setup.data.open(host)


class TrialQueue:
    """The trials as they arrive; a thread waits for them, so that the runner's end is noticed.

    If the pipe closes while a trial runs, the runner has died, and nobody needs the trial.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._queue: SimpleQueue[TrialSpec | None] = SimpleQueue()
        self._received = self._done = 0
        threading.Thread(target=self._listen, daemon=True, name="trials").start()

    def __iter__(self) -> Iterator[TrialSpec]:
        return iter(self._queue.get, None)

    def done(self) -> None:
        """Note that the last trial has ended and its result is about to be sent."""
        self._done += 1

    def _listen(self) -> None:
        while True:
            try:
                trial: TrialSpec = receive(self._stream)
            except EOFError:
                if self._received > self._done:
                    end_group()
                self._queue.put(None)
                return
            self._received += 1
            self._queue.put(trial)


def left_processes() -> tuple[str, ...]:
    """Return the names of the processes that were started from here and still run."""
    names = []
    for child in running_children():
        with suppress(psutil.Error):  # it has ended by now
            names.append(child.name())
    return tuple(names)


def _adopt_orphans() -> None:
    """Make whatever a plugin's children start, and abandon, a child of this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _prepare_streams() -> None:
    """Let plugins print whatever they like, and show it when the line ends."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # else something has replaced it as Python started
            stream.reconfigure(errors="backslashreplace", line_buffering=True)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a plugin may have closed it, or put anything in its place
            stream.flush()


def _leave() -> None:
    """End this process, once its threads and what plugins have registered for its end are done.

    The interpreter is not taken apart, which takes a second with TensorFlow in it: so does
    `multiprocessing` end its processes.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    _flush_streams()
    os._exit(0)


def main() -> None:
    """Run the process."""
    incoming, messages = pipes.take(sys.argv[1:])
    _prepare_streams()
    faulthandler.enable()
    _adopt_orphans()
    serve(incoming, Outbox(messages))
    _leave()
