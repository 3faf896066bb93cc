"""Whether files are those that were published."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from digitbench.datasets.published import PublishedFile
from digitbench.errors import DatasetError


def have_sizes(paths: Sequence[Path], files: Sequence[PublishedFile]) -> bool:
    """Tell at no cost whether files may be the published ones."""
    try:
        sizes = [path.stat().st_size for path in paths]
    except OSError:
        return False
    return sizes == [file.size_bytes for file in files]


def are_published(paths: Sequence[Path], files: Sequence[PublishedFile]) -> bool:
    """Tell whether files have the published sizes and checksums.

    Raises:
        DatasetError: a file cannot be read.
    """
    return have_sizes(paths, files) and all(
        _sha256(path) == file.sha256 for path, file in zip(paths, files, strict=True)
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); check the file") from error
