"""Python's searches for garbage while modules are imported, which make objects that stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_BY_PYTHON = 10_000
"""More objects than any version of Python leaves out by itself; 3.12 begins with some hundred."""


@contextmanager
def no_searches() -> Iterator[None]:
    """Have Python not look for garbage in the block: TensorFlow's import takes a quarter less."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


@contextmanager
def kept_apart() -> Iterator[None]:
    """Do without searches in the block, and leave what it has made out of all later ones.

    That is so in a process that has left out what it has before, as a worker does (`gc.freeze`);
    another one, such as a notebook's, decides for itself.
    """
    apart = gc.get_freeze_count() > _BY_PYTHON
    if apart:
        gc.collect()  # what is garbage by now, or it would stay
    with no_searches():
        yield
        if apart:
            gc.freeze()
