"""The static files of MNIST-C, where the user has them (https://zenodo.org/records/3239543)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.datasets.locate import is_file
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.corruptions.table import Corruption
from digitbench.test_sets.made import paired_condition
from digitbench.types import IMAGE_SHAPE, DataContext, Dataset, Images, TestSet

DIRECTORY = "mnist_c"
IMAGES, LABELS = "test_images.npy", "test_labels.npy"


def load_static(
    context: DataContext, dataset: Dataset, corruptions: Sequence[Corruption]
) -> TestSet:
    """Read MNIST-C's images from `mnist_c/` in the data directory, or from that directory itself.

    Args:
        context: names the data directory.
        dataset: the run's data set, of whose test images they must be made.
        corruptions: which of them.

    Raises:
        DatasetUnavailableError: they are not there.
        DatasetError: a file is not what it should be, or has other labels than the test images.
    """
    directory = _directory(context.data_dir)
    conditions = tuple(
        paired_condition(
            dataset.test,
            corruption.name,
            corruption.published,
            _images(directory / corruption.name, dataset),
        )
        for corruption in corruptions
    )
    return TestSet(conditions, f"MNIST-C's files in {directory}")


def _directory(data_dir: Path | None) -> Path:
    if data_dir is None:
        raise DatasetUnavailableError(
            "corruptions[source=files] needs MNIST-C's files: name the directory that has "
            f"{DIRECTORY}/ with --data-dir"
        )
    within = data_dir / DIRECTORY
    return within if within.is_dir() else data_dir


def _images(directory: Path, dataset: Dataset) -> Images:
    test = dataset.test
    images: Images = _array(directory / IMAGES)
    labels = _array(directory / LABELS)
    if images.dtype != np.uint8 or images.shape[1:] not in {(*IMAGE_SHAPE, 1), IMAGE_SHAPE}:
        raise DatasetError(
            f"{directory / IMAGES} must be uint8 (n, 28, 28, 1), as MNIST-C's, not "
            f"{images.dtype} {images.shape}; get the file again"
        )
    if len(images) != len(test) or not np.array_equal(labels, test.labels):
        raise DatasetError(
            f"{directory / LABELS} has not the labels of this run's test images: MNIST-C is made "
            "of all 10,000 of mnist; leave out source=files to have yours corrupted"
        )
    return images.reshape(len(images), *IMAGE_SHAPE)


def _array(file: Path) -> NDArray[Any]:
    if not is_file(file):
        raise DatasetUnavailableError(
            f"{file} is missing; put MNIST-C's files into {DIRECTORY}/ in the data directory"
        )
    try:
        with ONE_AT_A_TIME:
            return np.asarray(open_memmap(file, mode="r")).view(np.ndarray)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{file} is no array that can be read; get it again") from error
