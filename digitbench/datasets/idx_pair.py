"""A pair of IDX files, images and their labels, read together."""

from pathlib import Path

from digitbench.datasets.idx import read_images, read_labels
from digitbench.errors import DatasetError
from digitbench.types import Split


def read_split(images_file: Path, labels_file: Path) -> Split:
    """Read images and their labels.

    Raises:
        DatasetError: a file is damaged, or they do not go together.
    """
    images, labels = read_images(images_file), read_labels(labels_file)
    try:
        return Split(images, labels)
    except DatasetError as error:
        raise DatasetError(
            f"{images_file} and {labels_file.name} cannot be used together: {error}"
        ) from error
