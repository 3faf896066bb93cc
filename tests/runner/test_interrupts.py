"""Interrupts that wait for the end of something, and a termination that is one."""

import os
import signal
import sys
import threading

import pytest

from digitbench.runner.interrupts import interrupt_deferred, termination_as_interrupt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")


@pytest.fixture(autouse=True)
def heeded(monkeypatch: pytest.MonkeyPatch) -> object:
    """Have Ctrl-C raise, even where the tests were started with it switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_waits_for_the_end_of_the_block(number: signal.Signals) -> None:
    done = False
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), termination_as_interrupt(), interrupt_deferred():
        os.kill(os.getpid(), number)
        done = True
    assert done
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(number)) == handlers


def test_a_second_interrupt_does_not_wait() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_deferred():
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("first")
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("second")
    assert reached == ["first"]


def test_without_an_interrupt_nothing_happens() -> None:
    with interrupt_deferred():
        pass


def test_an_error_in_the_block_is_not_lost() -> None:
    with pytest.raises(ValueError, match="mine"), interrupt_deferred():
        os.kill(os.getpid(), signal.SIGINT)
        raise ValueError("mine")


def test_an_interrupt_that_is_switched_off_stays_off() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupt_deferred():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_interrupts(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), termination_as_interrupt():
        os.kill(os.getpid(), number)


def test_a_closed_terminal_is_ignored_where_it_was() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with termination_as_interrupt(), interrupt_deferred():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_are_left_alone() -> None:
    seen = []

    def work() -> None:
        with termination_as_interrupt(), interrupt_deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
