"""Who wrote MNIST's images: read from a small file that comes with digitbench.

The file is made by `digitbench.datasets.make_writers` from the label files of QMNIST (Yadav and
Bottou 2019), whose licence lies beside it. It belongs to the images of the published MNIST alone:
they are known by their fingerprint, wherever their files came from.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.datasets.published import MNIST
from digitbench.types import Groups

WRITERS_FILE = files("digitbench.datasets") / "mnist_writers" / "writers.npz"
"""`train` and `test`, int16: the writer of each image; `series`, int8: the series (hsf) of each
writer, -1 for numbers that are nobody's."""


def known_groups(fingerprint: str) -> tuple[Groups, Groups] | None:
    """Return the writers of a data set's training and test images, where digitbench knows them.

    Args:
        fingerprint: `digitbench.datasets.fingerprint.fingerprint` of the data set.

    Returns:
        Groups named `writer`, with the series of NIST's collection (`hsf 0` and `hsf 4`) as strata;
        None for any data but the published MNIST.
    """
    return _mnist_writers() if fingerprint == MNIST.fingerprint else None


@cache
def _mnist_writers() -> tuple[Groups, Groups]:
    with (
        ONE_AT_A_TIME,
        WRITERS_FILE.open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        train, test, series = (arrays[name] for name in ("train", "test", "series"))
    numbers = np.unique(series[series >= 0])
    names = tuple(f"hsf {number}" for number in numbers)

    def groups(writers: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> Groups:
        strata = np.searchsorted(numbers, series[writers])
        return Groups("writer", writers.astype(np.int32), strata.astype(np.int32), names)

    return groups(train), groups(test)
