"""Holds interrupts back while something is done that must not be left half-done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from digitbench.foreign import INTERRUPTS, TERMINATIONS


@contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Let Ctrl-C and terminations wait for the end of the block; a second one does not wait.

    Outside the main thread, which no interrupt reaches, this does nothing.

    Raises:
        KeyboardInterrupt: at the end of the block, if one came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True

    heeded = [s for s in INTERRUPTS if signal.getsignal(s) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if interrupted:
        raise KeyboardInterrupt


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Treat what ends a process as Ctrl-C in the block.

    A signal that is ignored, as SIGHUP is under `nohup`, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    heeded = [s for s in TERMINATIONS if signal.getsignal(s) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
