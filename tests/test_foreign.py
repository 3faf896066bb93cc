"""Foreign code: whatever it raises is held, and what it changes of the process is put back."""

import asyncio
import os
import signal
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import ExportError, PluginError, UsageError
from digitbench.foreign import foreign_code


class OfItsOwnError(BaseException):
    """What a plugin raises that is no `Exception`."""


class SpeechlessError(RuntimeError):
    """An error whose text is one too."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (RuntimeError("first\nsecond"), "RuntimeError: first"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (StopIteration(), "StopIteration"),
        (asyncio.CancelledError(), "CancelledError"),
        (pytest.skip.Exception("no torch here"), "Skipped: no torch here"),
        (OfItsOwnError("mine"), "OfItsOwnError: mine"),
        (SpeechlessError(), "SpeechlessError: (its text cannot be had: ValueError)"),
    ],
)
def test_whatever_is_raised_becomes_one_error_of_ours(error: BaseException, line: str) -> None:
    with pytest.raises(PluginError) as held, foreign_code():
        raise error
    assert str(held.value) == line
    assert held.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), UsageError("name another")])
def test_an_interrupt_and_errors_of_ours_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as passed, foreign_code():
        raise error
    assert passed.value is error


def test_the_caller_may_say_which_error_it_becomes() -> None:
    with (
        pytest.raises(ExportError, match=r"^no copy: OSError: full$"),
        foreign_code(lambda reason: ExportError(f"no copy: {reason}")),
    ):
        raise OSError("full")


def test_the_current_directory_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(PluginError), foreign_code():
        os.chdir("elsewhere")
        raise OfItsOwnError
    assert Path.cwd() == tmp_path


def test_a_directory_that_was_removed_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    with foreign_code():
        os.chdir(tmp_path)
        gone.rmdir()
    os.chdir(tmp_path)  # where pytest is to go on


def test_handlers_of_signals_are_put_back() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with foreign_code():
        for number in before:
            signal.signal(number, signal.SIG_IGN)
    assert {number: signal.getsignal(number) for number in before} == before


def test_it_runs_in_other_threads_too() -> None:
    done: list[bool] = []

    def work() -> None:
        with foreign_code():
            pass
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_numpy_does_not_begin_to_raise() -> None:
    with foreign_code():
        np.seterr(all="raise")
    with np.errstate(divide="ignore"):
        assert np.isinf(np.float64(1) / np.float64(0))
    assert np.geterr()["over"] != "raise"


def test_warnings_do_not_become_errors_but_other_filters_stay() -> None:
    with warnings.catch_warnings():
        warnings.resetwarnings()
        with foreign_code():
            warnings.filterwarnings("ignore", message="noise of a framework")
            warnings.simplefilter("error")
        assert [entry[0] for entry in warnings.filters] == ["ignore"]
