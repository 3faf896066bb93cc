"""Threads for work that would hold up the event loop, in bounded numbers."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

Result = TypeVar("Result")


class BusyError(Exception):
    """There is more to do than may wait."""


class BoundedPool:
    """A few threads, with a bounded number of calls that wait for one."""

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        """Start no thread yet.

        Args:
            name: of the threads.
            threads: how many calls may run at a time.
            waiting: how many more may wait.
        """
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = BoundedSemaphore(threads + waiting)

    async def run(self, function: Callable[[], Result]) -> Result:
        """Return what a function returns in one of the threads.

        Who stops waiting takes a call that has not begun with him; one that has begun keeps its
        place to its end.

        Raises:
            BusyError: as many calls run and wait as may, or the pool is closed.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            future = self._executor.submit(function)
        except RuntimeError as error:  # closed
            self._places.release()
            raise BusyError from error
        future.add_done_callback(self._free_place)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more calls; those that run or wait come to their end."""
        self._executor.shutdown(wait=False)

    def _free_place(self, _: Future[Result]) -> None:
        self._places.release()
