"""Cells: every image once, like ones together, whatever the number of images."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench_sklearn.cells import SIZE, Cells


def groups(count: int) -> NDArray[np.intp]:
    """Say to which of four points each vector belongs."""
    return np.random.default_rng(1).permutation(count) % 4


def vectors(count: int) -> NDArray[np.float32]:
    """Draw vectors around four points far apart."""
    random = np.random.default_rng(0)
    points = 100 * np.eye(4, 5)[groups(count)]
    return (points + random.normal(size=points.shape)).astype(np.float32)


@pytest.mark.parametrize(
    ("count", "least", "size"),
    [(1, 1, 1), (SIZE - 1, 8, SIZE - 1), (2 * SIZE + 1, 8, SIZE), (1000, 400, 500), (50, 90, 50)],
)
def test_every_image_has_its_place(count: int, least: int, size: int) -> None:
    cells = Cells(vectors(count), least)
    np.testing.assert_array_equal(np.sort(cells.order), np.arange(count))
    assert cells.size == size


def test_like_images_are_in_a_cell_and_the_nearest_comes_first() -> None:
    images, group = vectors(4 * SIZE), groups(4 * SIZE)
    cells = Cells(images, 1)
    for cell in cells.order.reshape(4, SIZE):
        assert len(set(group[cell])) == 1
    nearest = cells.nearest(images[:8], 2)
    assert nearest.shape == (8, 2)
    np.testing.assert_array_equal(group[cells.order[nearest[:, 0] * SIZE]], group[:8])


def test_no_more_cells_are_found_than_there_are() -> None:
    assert Cells(vectors(40), 1).nearest(vectors(3), 8).shape == (3, 1)


def test_images_all_alike_are_sorted_too() -> None:
    cells = Cells(np.zeros((3 * SIZE, 2), np.float32), 1)
    np.testing.assert_array_equal(cells.order, np.arange(3 * SIZE))
