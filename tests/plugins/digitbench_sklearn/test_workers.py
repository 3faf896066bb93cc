"""Workers: results in order, one thread of linear algebra in each, shares without a gap."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from digitbench_sklearn.workers import Workers


@pytest.mark.parametrize("threads", [1, 3])
def test_each_item_is_worked_on_in_one_thread_of_linear_algebra(threads: int) -> None:
    def work(item: int) -> tuple[int, set[int]]:
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
        return item, {library["num_threads"] for library in libraries}

    found = Workers(threads).each(work, range(5))
    assert [item for item, _ in found] == [0, 1, 2, 3, 4]
    assert all(limits == {1} for _, limits in found)


@pytest.mark.parametrize(
    ("threads", "count", "sizes"),
    [(2, 15, [8, 7]), (2, 33, [16, 16, 1]), (3, 3, [2, 1]), (2, 0, []), (1, 16, [16])],
)
def test_shares_are_even_and_cover_all(threads: int, count: int, sizes: list[int]) -> None:
    shares = Workers(threads).shares(count, 16)
    things = np.arange(count)
    assert [len(things[share]) for share in shares] == sizes
    assert [thing for share in shares for thing in things[share]] == list(things)
