"""What is needed next, made while what is at hand is used."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def made_ahead(make: Callable[[int], T], count: int) -> Iterator[T]:
    """Yield `make(0)`, `make(1)`, ... in order, each made in a thread while the last one is used.

    One thread makes them all, one after the other, so that what `make` draws at random does not
    depend on timing.

    Args:
        make: makes one, given its number.
        count: how many to make.

    Raises:
        Exception: whatever `make` raises, when its turn comes.
    """
    coming: deque[Future[T]] = deque()
    with ThreadPoolExecutor(max_workers=1) as thread:
        for number in range(count + 1):
            if number < count:
                coming.append(thread.submit(make, number))
            if number > 0:
                yield coming.popleft().result()
