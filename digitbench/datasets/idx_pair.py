"""A pair of IDX files, images and their labels, read together.

QMNIST's labels come with what is known of each image, in a file of its own kind, known by its name.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from digitbench.datasets.idx import read_images, read_labels, read_rows
from digitbench.errors import DatasetError
from digitbench.types import NUM_CLASSES, Groups, Labels, Split

_ROWS_NAME = "idx2-int"
_LABEL, _SERIES, _WRITER = 0, 1, 2  # columns
_MOST_SERIES = 8  # hsf 0 to hsf 7
_MOST_WRITERS = 10_000


def read_split(images_file: Path, labels_file: Path) -> Split:
    """Read images and their labels, and their writers where the labels' file has them.

    Raises:
        DatasetError: a file is damaged, or they do not go together.
    """
    images = read_images(images_file)
    labels, groups = _read_labels(labels_file)
    try:
        return Split(images, labels, groups)
    except DatasetError as error:
        raise DatasetError(
            f"{images_file} and {labels_file.name} cannot be used together: {error}"
        ) from error


def _read_labels(file: Path) -> tuple[Labels, Groups | None]:
    if _ROWS_NAME not in file.name:
        return read_labels(file), None
    rows = read_rows(file)
    for column, most, what in (
        (_LABEL, NUM_CLASSES, "label"),
        (_SERIES, _MOST_SERIES, "series"),
        (_WRITER, _MOST_WRITERS, "writer"),
    ):
        wrong = rows[(rows[:, column] < 0) | (rows[:, column] >= most), column]
        if len(wrong):
            raise DatasetError(f"{file} has the {what} {wrong[0]}; it must be 0 to {most - 1:,}")
    labels = rows[:, _LABEL].astype(np.uint8)
    series, strata = np.unique(rows[:, _SERIES], return_inverse=True)
    names = tuple(f"hsf {number}" for number in series)
    try:
        groups = Groups("writer", rows[:, _WRITER].copy(), strata.astype(np.int32), names)
    except DatasetError as error:
        raise DatasetError(f"{file} cannot be used: {error}") from error
    return labels, groups
