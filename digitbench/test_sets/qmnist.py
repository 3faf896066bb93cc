"""`qmnist` and `fresh`: digits of NIST's collection that MNIST's test set does not have.

QMNIST (Yadav and Bottou 2019) made MNIST's images anew, and with them the 50,000 test digits that
were never published. Half of these were written by people whose digits are in MNIST's test set too.
`fresh` has the others alone: by 238 people of whom MNIST has not a single digit. All but one of
them are of the series hsf 0 and hsf 1, NIST's employees, whose digits are easier than those of the
students in half of MNIST's test set.
"""

import numpy as np

from digitbench.datasets.published import MNIST, QMNIST
from digitbench.datasets.test_images import PublishedTestImages
from digitbench.datasets.writers import known_groups
from digitbench.errors import ContractError, DatasetError
from digitbench.test_sets.of_images import set_of_images
from digitbench.types import Dataset, Groups, Split, TestSet, TestSetContext


def load_qmnist(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Load the 50,000 test digits of QMNIST beyond MNIST's 10,000, with their writers if known.

    Raises:
        DatasetUnavailableError: they cannot be had.
        DatasetError: they are damaged.
    """
    return set_of_images(*PublishedTestImages(QMNIST, "qmnist", _beyond_mnist)(context.data))


def load_fresh(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Load those of them by people of whom MNIST has no digit.

    Raises:
        DatasetUnavailableError: they cannot be had.
        DatasetError: they are damaged, or the file of their writers is not there.
    """
    return set_of_images(*PublishedTestImages(QMNIST, "fresh", _by_new_writers)(context.data))


def _beyond_mnist(split: Split) -> Split:
    """Return the images after those of MNIST's test set.

    Raises:
        DatasetError: the first images are not by the writers of MNIST's test set.
    """
    size = MNIST.test_size
    writers = _mnist_writers()[1]
    if split.groups is not None and (split.groups.numbers[:size] != writers.numbers).any():
        raise DatasetError(
            f"the first {size:,} test images of qmnist are not by the writers of mnist's; get "
            "fresh copies of its files"
        )
    return split.part(slice(size, None))


def _by_new_writers(split: Split) -> Split:
    rest = _beyond_mnist(split)
    if rest.groups is None:
        raise DatasetError(
            f"who wrote these images is not known; put {QMNIST.files[3].name} beside them"
        )
    known = np.concatenate([groups.numbers for groups in _mnist_writers()])
    return rest.part(~np.isin(rest.groups.numbers, known))


def _mnist_writers() -> tuple[Groups, Groups]:
    groups = known_groups(MNIST.fingerprint or "")
    if groups is None:
        raise ContractError("the file of MNIST's writers belongs to another MNIST")
    return groups
