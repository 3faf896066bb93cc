"""Searches for garbage: none while modules are imported, and what these made is left out later."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from digitbench.garbage import no_searches


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_there_are_no_searches_in_the_block_and_then_as_before() -> None:
    with suppress(ZeroDivisionError), no_searches():
        assert not gc.isenabled()
        _ = 1 / 0
    assert gc.isenabled()
    gc.disable()
    with no_searches():
        pass
    assert not gc.isenabled()


@pytest.mark.parametrize("apart", [False, True])
def test_a_worker_alone_leaves_out_what_is_made_but_not_what_was_garbage(apart: bool) -> None:
    code = f"""
import gc, weakref
from digitbench.garbage import kept_apart
class Thing:
    pass
kept = [[] for _ in range(20_000)]
if {apart}:
    gc.freeze()
before = Thing()
before.itself = before
gone = weakref.ref(before)
del before
count = gc.get_freeze_count()
with kept_apart():
    made = [[] for _ in range(1000)]
print(gone() is None or not {apart}, gc.get_freeze_count() - count >= len(made), gc.isenabled())
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert result.stdout.split() == ["True", str(apart), "True"]
