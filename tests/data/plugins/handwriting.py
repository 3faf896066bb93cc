"""A data set whose writers are known: 20 to train on, 12 others to test on, in two series."""

import numpy as np

from digitbench import Dataset, DatasetSpec, Groups, Split, hookimpl

SERIES = ("staff", "students")


def split(writers, seed):
    """Each writer writes ten digits; each digit lights its own rows, with noise."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([(np.arange(10) + writer) % 10 for writer in writers])
    images = rng.integers(0, 200, (len(labels), 28, 28))
    for index, label in enumerate(labels):
        images[index, 2 * label + 2 : 2 * label + 5] += 40
    numbers = np.repeat(np.array(writers, np.int32), 10)
    groups = Groups("writer", numbers, (numbers % 4 == 0).astype(np.int32), SERIES)
    return Split(images.astype(np.uint8), labels.astype(np.uint8), groups)


def load(context):
    return Dataset("handwriting", split(range(20), 1), split(range(100, 112), 2), "made for tests")


@hookimpl
def digitbench_datasets():
    return [DatasetSpec("handwriting", "Digits by known writers", load)]
