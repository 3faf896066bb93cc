"""A small part of a data set, for smoke runs (`--quick`)."""

import numpy as np

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import LoadedDataset
from digitbench.types import Dataset, Split

QUICK_TRAIN_SIZE = 1_000
QUICK_TEST_SIZE = 250


def quick_part(loaded: LoadedDataset) -> LoadedDataset:
    """Return a small part of a data set, always the same, with a fingerprint of its own.

    Its images are taken at even distances, so that a set sorted by class gives some of each. It is
    never the whole: of a data set that is small itself it is half, so that no fingerprint of a
    part is that of a data set.

    Args:
        loaded: the whole data set.

    Returns:
        At most 1,000 training and 250 test images; never canonical.
    """
    dataset = loaded.dataset
    train = _part(dataset.train, QUICK_TRAIN_SIZE)
    test = _part(dataset.test, QUICK_TEST_SIZE)
    part = Dataset(dataset.name, train, test, dataset.source)
    return LoadedDataset(part, fingerprint(train, test), canonical=False)


def _part(split: Split, most: int) -> Split:
    size = most if most < len(split) else max(1, len(split) // 2)
    chosen = np.arange(size) * len(split) // size
    return split.part(chosen)
