"""Threads that share NumPy's work."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """Threads of our own, each with a single thread of linear algebra.

    That is faster than threads within each product, and much faster where others work beside us.
    """

    def __init__(self, threads: int) -> None:
        """Find the libraries to limit: that takes as long as to look an image up."""
        self.threads = threads
        self._libraries = ThreadpoolController()

    def each(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Return what a function makes of each item; for a single one no thread is started."""
        with self._libraries.limit(limits=1):
            if len(items) == 1 or self.threads == 1:
                return [function(item) for item in items]
            with ThreadPoolExecutor(self.threads) as executor:
                return list(executor.map(function, items))

    def shares(self, count: int, most: int) -> list[slice]:
        """Cut `count` things into slices of at most `most`; many give each thread a share."""
        size = min(most, max(1, most // 8, -(-count // self.threads)))
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]
