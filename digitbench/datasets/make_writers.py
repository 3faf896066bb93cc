"""Makes the file of MNIST's writers from QMNIST's label files; for developers.

    python -m digitbench.datasets.make_writers TRAIN TEST [TARGET]

TRAIN is `qmnist-train-labels-idx2-int.gz`, TEST is `qmnist-test-labels-idx2-int.gz`, both as
published at https://github.com/facebookresearch/qmnist.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.datasets.writers import WRITERS_FILE
from digitbench.errors import DatasetError, DigitbenchError, UsageError

TRAIN_SHA256 = "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f"
TEST_SHA256 = "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06"
"""Of the gzipped files. Their published MD5 are 0058f8dd561b90ffdd0f734c6a30e5e4 (training) and
5b5b05890a5e13444e108efe57b788aa (test)."""

TEST_SIZE = 10_000
"""MNIST's test images are the first of QMNIST's."""

_HEADER_BYTES = 12  # magic number and the two dimensions
_COLUMNS = 8
_SERIES, _WRITER = 1, 2


def make_writers(train_file: Path, test_file: Path) -> dict[str, NDArray[np.int16 | np.int8]]:
    """Return the arrays of the file, as `digitbench.datasets.writers.WRITERS_FILE` has them.

    Args:
        train_file: QMNIST's labels of the training images.
        test_file: QMNIST's labels of the test images.

    Raises:
        DatasetError: a file cannot be read, or is not the published one.
    """
    train = _rows(train_file, TRAIN_SHA256)
    test = _rows(test_file, TEST_SHA256)[:TEST_SIZE]
    writers, series = np.concatenate([train, test])[:, (_WRITER, _SERIES)].T
    series_of = np.full(writers.max() + 1, -1, np.int8)
    series_of[writers] = series
    return {
        "train": train[:, _WRITER].astype(np.int16),
        "test": test[:, _WRITER].astype(np.int16),
        "series": series_of,
    }


def _rows(file: Path, sha256: str) -> NDArray[np.int32]:
    """Read rows of class, series, writer, number of the digit, and four columns more."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DatasetError(f"{file} is not the published file of QMNIST: get a fresh copy")
    rows = np.frombuffer(gzip.decompress(data), ">i4", offset=_HEADER_BYTES)
    return rows.reshape(-1, _COLUMNS).astype(np.int32)


def main(arguments: list[str]) -> None:
    """Write the file.

    Raises:
        UsageError: too few or too many arguments.
        DatasetError: as `make_writers` does.
    """
    if len(arguments) not in (2, 3):
        raise UsageError("name QMNIST's label files: TRAIN TEST [TARGET]")
    train, test, target = (*arguments, str(WRITERS_FILE))[:3]
    arrays = make_writers(Path(train), Path(test))
    with Path(target).open("wb") as file:
        np.savez_compressed(
            file, train=arrays["train"], test=arrays["test"], series=arrays["series"]
        )
    sys.stdout.write(f"{target}: SHA-256 {hashlib.sha256(Path(target).read_bytes()).hexdigest()}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DigitbenchError as error:
        sys.exit(f"error: {error}")
