"""The fingerprint of a data set: what its content is, wherever its files came from."""

import hashlib
from collections.abc import Mapping

import numpy as np

from digitbench.types import Split


def fingerprint(train: Split, test: Split) -> str:
    """Return the SHA-256 of the names, dtypes, shapes and bytes of the four arrays.

    >>> digits = digitbench.load_dataset("digits")
    >>> digitbench.fingerprint(digits.train, digits.test)

    Args:
        train: the training images with their labels.
        test: the test images with theirs.

    Returns:
        64 hexadecimal digits; the same wherever the same arrays in the same order are.
    """
    return fingerprint_of({"train": train, "test": test})


def fingerprint_of(parts: Mapping[str, Split]) -> str:
    """Return the SHA-256 of images that need not be a whole data set.

    Args:
        parts: the images with their labels, by the name of their part.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for split_name, split in parts.items():
        for array_name, array in (("images", split.images), ("labels", split.labels)):
            digest.update(f"{split_name}.{array_name} {array.dtype} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).reshape(-1).data)  # mostly a view
    return digest.hexdigest()
