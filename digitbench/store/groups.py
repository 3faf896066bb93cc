"""The groups of a run's test images, in a file of their own beside the labels."""

from pathlib import Path

import numpy as np

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.datasets.writers import known_groups
from digitbench.errors import DatasetError, StoreError
from digitbench.store.arrays import DAMAGED_ARRAY
from digitbench.store.layout import TEST_GROUPS, replace_file
from digitbench.types import DatasetInfo, Groups


def write_groups(path: Path, groups: Groups) -> None:
    """Write the groups of a run's test images.

    Raises:
        OSError: the directory cannot be written.
    """
    replace_file(
        path / TEST_GROUPS,
        lambda file: np.savez_compressed(
            file,
            name=np.array(groups.name),
            numbers=groups.numbers,
            strata=groups.strata,
            stratum_names=np.array(groups.stratum_names),
        ),
    )


def read_groups(path: Path, dataset: DatasetInfo) -> Groups | None:
    """Read the groups of a run's test images.

    Runs stored before there was this file get those that digitbench itself knows of their data.

    Args:
        path: the run's directory.
        dataset: the run's data.

    Returns:
        None if they are not known.

    Raises:
        StoreError: the file is damaged, or has gone.
    """
    file = path / TEST_GROUPS
    if dataset.groups is None and not file.exists():
        known = known_groups(dataset.fingerprint)
        return known[1] if known is not None and len(known[1]) == dataset.test_size else None
    try:
        with (
            ONE_AT_A_TIME,
            file.open("rb") as stream,
            np.load(stream, allow_pickle=False) as arrays,
        ):
            found = Groups(
                str(arrays["name"]),
                arrays["numbers"],
                arrays["strata"],
                tuple(map(str, arrays["stratum_names"])),
            )
    except (*DAMAGED_ARRAY, DatasetError) as error:
        raise StoreError(f"{file} is missing or damaged") from error
    if len(found) != dataset.test_size:
        raise StoreError(f"{file} does not hold one group per test image")
    return found
