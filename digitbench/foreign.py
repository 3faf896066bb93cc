"""Runs the code of plugins: holds whatever it raises, and puts back what it changed.

A plugin may raise anything: exceptions, `SystemExit`, or pytest's `Skipped`, which is no
`Exception`. All of it is the plugin's failure and ends nothing but what the plugin was doing. Only
`KeyboardInterrupt` passes, whoever raises it: nobody can tell it from the user's Ctrl-C.

Put back is what the rest of digitbench stands on: the current directory, which every relative path
is taken from; the handlers of the signals by which a run is interrupted; NumPy's handling
of floating-point errors; and warnings that are turned into errors. Left as the plugin made it is
what is recorded with the run (environment variables) or what nothing here depends on (the global
random generators, the locale, `sys.path`).
"""

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from digitbench.errors import DigitbenchError, PluginError, one_line

TERMINATIONS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""By which a process is ended from outside: by schedulers and CI jobs, or by a closed terminal."""

INTERRUPTS = (signal.SIGINT, *TERMINATIONS)
"""By which a run is interrupted."""


@contextmanager
def foreign_code(told: Callable[[str], DigitbenchError] = PluginError) -> Iterator[None]:
    """Run a plugin's code in the block.

    Args:
        told: makes the error that is raised in place of the plugin's, of that error in one line.

    Raises:
        DigitbenchError: one that the code raises, as it is; for any other error, what `told`
            returns.
        KeyboardInterrupt: as it is.
    """
    with process_state_kept():
        try:
            yield
        except (KeyboardInterrupt, DigitbenchError):
            raise
        except BaseException as error:
            raise told(one_line(error)) from error


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Put back, at the end of the block, what of this process a plugin must not change."""
    directory = _current_directory()
    handlers = {number: signal.getsignal(number) for number in INTERRUPTS}
    numpy_errors = _numpy_errors()
    filters = list(warnings.filters)
    try:
        yield
    finally:
        if directory is not None and directory != _current_directory():
            with suppress(OSError):  # it is gone
                os.chdir(directory)
        _restore_handlers(handlers)
        if numpy_errors is not None and numpy_errors != _numpy_errors():
            sys.modules["numpy"].seterr(**numpy_errors)
        if any(entry[0] == "error" and entry not in filters for entry in warnings.filters):
            warnings.filters[:] = [  # type: ignore[index]
                entry for entry in warnings.filters if entry[0] != "error" or entry in filters
            ]


def _current_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - twice for each call of a hook: no path is made of it
    except OSError:  # it was removed
        return None


def _restore_handlers(handlers: Mapping[signal.Signals, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # no other thread could have changed them
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _numpy_errors() -> dict[str, str] | None:
    """Return NumPy's handling of floating-point errors; None before it is imported."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "geterr"):
        return None
    found: dict[str, str] = numpy.geterr()
    return found
